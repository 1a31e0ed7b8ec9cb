/** The api's shapes under short names; `schema.d.ts` is generated from its OpenAPI document. */
import type { components, paths } from "./schema";

type Schemas = components["schemas"];

export type Account = Schemas["Account"];
export type AccountCheck = Schemas["AccountCheck"];
export type Checked = Schemas["Checked"];
export type Delivery = Schemas["Delivery"];
export type DeliverySummary = Schemas["DeliverySummary"];
export type Finding = Schemas["Finding"];
export type Job = Schemas["Job"];
export type Key = Schemas["Key"];
export type Media = Schemas["Media"];
export type MediaRef = Schemas["MediaRef"];
export type MediaUpload = Schemas["MediaUpload"];
export type OptionsInput = Schemas["OptionsInput"];
export type Part = Schemas["Part"];
export type Pause = Schemas["PauseInForce"];
export type Platform = Schemas["Platform"];
export type Post = Schemas["Post"];
export type PostCreate = Schemas["PostCreate"];
export type PostEdit = Schemas["PostEdit"];
export type PostsQuery = NonNullable<paths["/v1/posts"]["get"]["parameters"]["query"]>;
export type PostSummary = Schemas["PostSummary"];
export type Schedule = Schemas["Schedule"];
export type Settle = Schemas["Settle"];
export type Transition = Schemas["Transition"];
export type UploadForm = Schemas["UploadForm"];
export type Workspace = Schemas["Workspace"];
export type WorkspaceEdit = Schemas["WorkspaceEdit"];
