/** Every call that the page makes, typed by the api's own OpenAPI document. */
import createClient, { type Middleware } from "openapi-fetch";
import { m } from "../messages";
import { refusal, Refused } from "./problem";
import { Requests } from "./requests";
import type { paths } from "./schema";
import type {
  AccountMetricsQuery,
  CalendarAnswer,
  CalendarQuery,
  CalendarRulesEdit,
  CampaignCreate,
  CampaignEdit,
  CancelPosts,
  Crop,
  FeedCreate,
  FeedEdit,
  InboxQuery,
  InvitationCreate,
  ItemState,
  KeyDateCreate,
  LabelPosts,
  Media,
  MediaEdit,
  MediaQuery,
  MediaUpload,
  MemberEdit,
  OidcSignIn,
  OverviewPostsQuery,
  PauseAsk,
  PauseCreate,
  PauseEdit,
  PostContent,
  PostCreate,
  PostEdit,
  PostsQuery,
  RankedQuery,
  ReplyCreate,
  ReportQuery,
  Reschedule,
  Role,
  Schedule,
  Settle,
  TagRename,
  TemplateCreate,
  VoiceEdit,
  WorkingCopyInput,
  WorkspaceEdit,
} from "./types";

/** Who is asking, and what happens when the key no longer works. */
export const caller: { key: string | null; workspace: string | null; onEnded: () => void } = {
  key: null,
  workspace: null,
  onEnded: () => undefined,
};

/** Calls that change nothing, or whose answer holds something that the api does not keep. */
const unkept =
  /\/v1\/(posts\/check|pauses\/check|replies\/check|rehearsals|sign-in(\/oidc)?|media|keys|feeds|renew|render|invitations(\/\w+)?)$/;
const requests = new Requests(() => crypto.randomUUID());

const asCaller: Middleware = {
  async onRequest({ request }) {
    if (caller.key) request.headers.set("Authorization", `Bearer ${caller.key}`);
    if (caller.workspace) request.headers.set("Tidings-Workspace", caller.workspace);
    if (request.method === "POST" && !unkept.test(request.url)) {
      const body = await request.clone().text();
      const scope = `${caller.workspace ?? ""} ${request.url}`;
      request.headers.set("Idempotency-Key", requests.keyFor("POST", scope, body));
    }
    return request;
  },
  onResponse({ request, response }) {
    const key = request.headers.get("Idempotency-Key");
    if (key) requests.answered(key, response.status);
    if (response.status === 401 && caller.key) caller.onEnded();
  },
};

const http = createClient<paths>({ baseUrl: location.origin });
http.use(asCaller);

/** What a text's variables stand for, and the account that is written for. */
interface Fill {
  values: Record<string, string>;
  account_id?: string;
}

interface Outcome<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The answer, or `Refused`: also when the api cannot be reached at all (status 0). */
async function answer<T>(asked: Promise<Outcome<T>>): Promise<T> {
  let outcome: Outcome<T>;
  try {
    outcome = await asked;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Refused(0, "unreachable", m.wrong.offline);
  }
  if (!outcome.response.ok) throw refusal(outcome.response.status, outcome.error);
  return outcome.data as T;
}

const post = (post_id: string) => ({ params: { path: { post_id } } });
const account = (account_id: string) => ({ params: { path: { account_id } } });
const pause = (pause_id: string) => ({ params: { path: { pause_id } } });
const item = (item_id: string) => ({ params: { path: { item_id } } });
const snippet = (snippet_id: string) => ({ params: { path: { snippet_id } } });
const template = (template_id: string) => ({ params: { path: { template_id } } });
const person = (person_id: string) => ({ params: { path: { person_id } } });
const group = (group_id: string) => ({ params: { path: { group_id } } });
const ifMatch = (version: number) => ({ "If-Match": `"${version}"` });
const workspace = (workspace_id: string) => ({ params: { path: { workspace_id } } });

export const api = {
  signIn: (code: string) => answer(http.POST("/v1/sign-in", { body: { code } })),
  signInWays: () => answer(http.GET("/v1/sign-in")),
  signInFromIssuer: (body: OidcSignIn) => answer(http.POST("/v1/sign-in/oidc", { body })),
  me: () => answer(http.GET("/v1/me")),
  platforms: () => answer(http.GET("/v1/platforms")),

  editWorkspace: (id: string, body: WorkspaceEdit) =>
    answer(http.PATCH("/v1/workspaces/{workspace_id}", { ...workspace(id), body })),

  pauses: () => answer(http.GET("/v1/pauses")),
  pause: (body: PauseCreate) => answer(http.POST("/v1/pauses", { body })),
  checkPause: (body: PauseAsk) => answer(http.POST("/v1/pauses/check", { body })),
  editPause: (id: string, body: PauseEdit) =>
    answer(http.PATCH("/v1/pauses/{pause_id}", { ...pause(id), body })),
  endPause: (id: string) => answer(http.DELETE("/v1/pauses/{pause_id}", pause(id))),

  accounts: () => answer(http.GET("/v1/accounts")),
  connect: (platform: string, fields: Record<string, string>, label: string) =>
    answer(http.POST("/v1/accounts", { body: { platform, fields, label } })),
  reconnect: (id: string, fields: Record<string, string>) =>
    answer(http.POST("/v1/accounts/{account_id}/reconnect", { ...account(id), body: { fields } })),
  verify: (id: string) => answer(http.POST("/v1/accounts/{account_id}/verify", account(id))),
  resumeAccount: (id: string) => answer(http.POST("/v1/accounts/{account_id}/resume", account(id))),
  disconnect: (id: string) =>
    answer(http.POST("/v1/accounts/{account_id}/disconnect", account(id))),
  rename: (id: string, label: string) =>
    answer(http.PATCH("/v1/accounts/{account_id}", { ...account(id), body: { label } })),
  job: (job_id: string) => answer(http.GET("/v1/jobs/{job_id}", { params: { path: { job_id } } })),

  startUpload: (file: File, folder = ""): Promise<MediaUpload> =>
    answer(
      http.POST("/v1/media", {
        body: { name: file.name, mime: file.type, size: file.size, folder },
      }),
    ),
  fetchMedia: (url: string, folder: string, signal: AbortSignal): Promise<Media> =>
    answer(http.POST("/v1/media", { body: { url, folder }, signal })),
  finishUpload: (media_id: string): Promise<Media> =>
    answer(http.POST("/v1/media/{media_id}/finish", { params: { path: { media_id } } })),
  media: (media_id: string): Promise<Media> =>
    answer(http.GET("/v1/media/{media_id}", { params: { path: { media_id } } })),
  library: (query: MediaQuery) => answer(http.GET("/v1/media", { params: { query } })),
  shelves: () => answer(http.GET("/v1/media/folders")),
  moveFolder: (folder: string, to: string) =>
    answer(http.POST("/v1/media/folders/move", { body: { folder, to } })),
  editMedia: (media_id: string, version: number, body: MediaEdit): Promise<Media> =>
    answer(
      http.PATCH("/v1/media/{media_id}", {
        params: { path: { media_id } },
        body,
        headers: { "If-Match": `"${version}"` },
      }),
    ),
  deleteMedia: (media_id: string) =>
    answer(http.DELETE("/v1/media/{media_id}", { params: { path: { media_id } } })),
  mediaPosts: (media_id: string, cursor: string | null) =>
    answer(
      http.GET("/v1/media/{media_id}/posts", {
        params: { path: { media_id }, query: cursor ? { cursor } : {} },
      }),
    ),
  mediaFit: (media_id: string) =>
    answer(http.GET("/v1/media/{media_id}/fit", { params: { path: { media_id } } })),
  crop: (media_id: string, body: Crop): Promise<Media> =>
    answer(http.POST("/v1/media/{media_id}/crop", { params: { path: { media_id } }, body })),
  describe: (media_id: string, alt: string): Promise<Media> =>
    answer(http.PATCH("/v1/media/{media_id}", { params: { path: { media_id } }, body: { alt } })),

  calendar: (query: CalendarQuery): Promise<CalendarAnswer> =>
    answer(http.GET("/v1/calendar", { params: { query } })),
  calendarRules: () => answer(http.GET("/v1/calendar/rules")),
  editCalendarRules: (version: number, body: CalendarRulesEdit) =>
    answer(http.PATCH("/v1/calendar/rules", { body, headers: { "If-Match": `"${version}"` } })),
  countries: (code?: string) =>
    answer(http.GET("/v1/calendar/countries", { params: { query: code ? { code } : {} } })),
  keyDates: () => answer(http.GET("/v1/key-dates")),
  createKeyDate: (body: KeyDateCreate) => answer(http.POST("/v1/key-dates", { body })),
  deleteKeyDate: (key_date_id: string) =>
    answer(http.DELETE("/v1/key-dates/{key_date_id}", { params: { path: { key_date_id } } })),
  campaign: (campaign_id: string) =>
    answer(http.GET("/v1/campaigns/{campaign_id}", { params: { path: { campaign_id } } })),
  campaignProgress: (campaign_id: string) =>
    answer(http.GET("/v1/campaigns/{campaign_id}/progress", { params: { path: { campaign_id } } })),
  createCampaign: (body: CampaignCreate) => answer(http.POST("/v1/campaigns", { body })),
  editCampaign: (campaign_id: string, version: number, body: CampaignEdit) =>
    answer(
      http.PATCH("/v1/campaigns/{campaign_id}", {
        params: { path: { campaign_id } },
        body,
        headers: { "If-Match": `"${version}"` },
      }),
    ),
  deleteCampaign: (campaign_id: string) =>
    answer(http.DELETE("/v1/campaigns/{campaign_id}", { params: { path: { campaign_id } } })),
  reschedulePosts: (body: Reschedule) => answer(http.POST("/v1/posts/reschedule", { body })),
  labelPosts: (body: LabelPosts) => answer(http.POST("/v1/posts/label", { body })),
  cancelPosts: (body: CancelPosts) => answer(http.POST("/v1/posts/cancel", { body })),
  posts: (query: PostsQuery) => answer(http.GET("/v1/posts", { params: { query } })),
  post: (id: string) => answer(http.GET("/v1/posts/{post_id}", post(id))),
  check: (body: PostCreate, signal: AbortSignal) =>
    answer(http.POST("/v1/posts/check", { body, signal })),
  create: (body: PostCreate) => answer(http.POST("/v1/posts", { body })),
  edit: (id: string, version: number, body: PostEdit) =>
    answer(
      http.PATCH("/v1/posts/{post_id}", {
        ...post(id),
        body,
        headers: { "If-Match": `"${version}"` },
      }),
    ),
  reschedule: (id: string, body: Schedule) =>
    answer(http.POST("/v1/posts/{post_id}/schedule", { ...post(id), body })),
  cancel: (id: string) => answer(http.POST("/v1/posts/{post_id}/cancel", post(id))),
  approve: (id: string, content_hash: string) =>
    answer(http.POST("/v1/posts/{post_id}/approve", { ...post(id), body: { content_hash } })),
  again: (id: string, delivery_ids: string[]) =>
    answer(http.POST("/v1/posts/{post_id}/retry", { ...post(id), body: { delivery_ids } })),
  settle: (post_id: string, delivery_id: string, body: Settle) =>
    answer(
      http.POST("/v1/posts/{post_id}/deliveries/{delivery_id}/settle", {
        params: { path: { post_id, delivery_id } },
        body,
      }),
    ),
  remove: (id: string) => answer(http.DELETE("/v1/posts/{post_id}", post(id))),
  removeUnchanged: (id: string, version: number) =>
    answer(http.DELETE("/v1/posts/{post_id}", { ...post(id), headers: ifMatch(version) })),
  versions: (post_id: string, cursor: string | null) =>
    answer(
      http.GET("/v1/posts/{post_id}/versions", {
        params: { path: { post_id }, query: cursor ? { cursor } : {} },
      }),
    ),
  version: (post_id: string, version_id: string) =>
    answer(
      http.GET("/v1/posts/{post_id}/versions/{version_id}", {
        params: { path: { post_id, version_id } },
      }),
    ),
  restoreVersion: (post_id: string, version_id: string) =>
    answer(
      http.POST("/v1/posts/{post_id}/versions/{version_id}/restore", {
        params: { path: { post_id, version_id } },
        body: {},
      }),
    ),
  putAside: (id: string, body: PostContent) =>
    answer(http.POST("/v1/posts/{post_id}/versions", { ...post(id), body })),
  workingCopy: (id: string) => answer(http.GET("/v1/posts/{post_id}/working-copy", post(id))),
  keepWorkingCopy: (id: string, body: WorkingCopyInput) =>
    answer(http.PUT("/v1/posts/{post_id}/working-copy", { ...post(id), body })),
  dropWorkingCopy: (id: string) =>
    answer(http.DELETE("/v1/posts/{post_id}/working-copy", post(id))),
  enter: (post_id: string, window_id: string) =>
    answer(
      http.PUT("/v1/posts/{post_id}/editors/{window_id}", {
        params: { path: { post_id, window_id } },
      }),
    ),
  leave: (post_id: string, window_id: string) =>
    answer(
      http.DELETE("/v1/posts/{post_id}/editors/{window_id}", {
        params: { path: { post_id, window_id } },
        keepalive: true,
      }),
    ),

  inbox: (query: InboxQuery) => answer(http.GET("/v1/inbox", { params: { query } })),
  conversation: (id: string) => answer(http.GET("/v1/inbox/{item_id}", item(id))),
  setState: (id: string, state: ItemState) =>
    answer(http.PATCH("/v1/inbox/{item_id}", { ...item(id), body: { state } })),
  reply: (id: string, body: ReplyCreate) =>
    answer(http.POST("/v1/inbox/{item_id}/replies", { ...item(id), body })),
  checkReply: (id: string, body: ReplyCreate, signal: AbortSignal) =>
    answer(http.POST("/v1/inbox/{item_id}/replies/check", { ...item(id), body, signal })),
  like: (id: string) => answer(http.POST("/v1/inbox/{item_id}/like", item(id))),
  unlike: (id: string) => answer(http.POST("/v1/inbox/{item_id}/unlike", item(id))),
  hide: (id: string) => answer(http.POST("/v1/inbox/{item_id}/hide", item(id))),
  unhide: (id: string) => answer(http.POST("/v1/inbox/{item_id}/unhide", item(id))),

  postMetrics: (id: string) => answer(http.GET("/v1/posts/{post_id}/metrics", post(id))),
  accountMetrics: (account_id: string, query: AccountMetricsQuery) =>
    answer(
      http.GET("/v1/accounts/{account_id}/metrics", { params: { path: { account_id }, query } }),
    ),
  bestPosts: (query: RankedQuery) => answer(http.GET("/v1/metrics/posts", { params: { query } })),
  report: (query: ReportQuery) => answer(http.GET("/v1/metrics", { params: { query } })),

  punctuality: (from: string, to: string) =>
    answer(http.GET("/v1/punctuality", { params: { query: { from, to } } })),
  attention: (cursor?: string) =>
    answer(http.GET("/v1/attention", { params: { query: cursor ? { cursor } : {} } })),
  rehearse: (days: number) => answer(http.POST("/v1/rehearsals", { body: { days } })),

  campaigns: (archived = false) =>
    answer(http.GET("/v1/campaigns", { params: { query: { archived } } })),
  members: () => answer(http.GET("/v1/members")),
  editMember: (id: string, version: number, body: MemberEdit) =>
    answer(
      http.PATCH("/v1/members/{person_id}", { ...person(id), body, headers: ifMatch(version) }),
    ),
  removeMember: (id: string) => answer(http.DELETE("/v1/members/{person_id}", person(id))),
  invitations: () => answer(http.GET("/v1/invitations")),
  invite: (body: InvitationCreate) => answer(http.POST("/v1/invitations", { body })),
  revokeInvitation: (invitation_id: string) =>
    answer(http.DELETE("/v1/invitations/{invitation_id}", { params: { path: { invitation_id } } })),
  openInvitation: (code: string) => answer(http.POST("/v1/invitations/open", { body: { code } })),
  acceptInvitation: (code: string, name: string, api_key: string | null) =>
    answer(http.POST("/v1/invitations/accept", { body: { code, name, api_key } })),

  workspaces: (archived: boolean) =>
    answer(http.GET("/v1/workspaces", { params: { query: { archived } } })),
  createWorkspace: (name: string, timezone: string) =>
    answer(http.POST("/v1/workspaces", { body: { name, timezone } })),
  archive: (id: string) =>
    answer(http.POST("/v1/workspaces/{workspace_id}/archive", workspace(id))),
  restore: (id: string) =>
    answer(http.POST("/v1/workspaces/{workspace_id}/restore", workspace(id))),

  allPosts: (query: OverviewPostsQuery) =>
    answer(http.GET("/v1/overview/posts", { params: { query } })),
  allAttention: (cursor?: string) =>
    answer(http.GET("/v1/overview/attention", { params: { query: cursor ? { cursor } : {} } })),
  allOverdue: (cursor?: string) =>
    answer(http.GET("/v1/overview/inbox", { params: { query: cursor ? { cursor } : {} } })),

  voice: () => answer(http.GET("/v1/voice")),
  editVoice: (version: number, body: VoiceEdit) =>
    answer(http.PATCH("/v1/voice", { body, headers: ifMatch(version) })),
  snippets: () => answer(http.GET("/v1/snippets")),
  createSnippet: (body: { name: string; text: string }) =>
    answer(http.POST("/v1/snippets", { body })),
  editSnippet: (id: string, version: number, body: { name: string; text: string }) =>
    answer(
      http.PATCH("/v1/snippets/{snippet_id}", { ...snippet(id), body, headers: ifMatch(version) }),
    ),
  deleteSnippet: (id: string) => answer(http.DELETE("/v1/snippets/{snippet_id}", snippet(id))),
  renderSnippet: (id: string, body: Fill) =>
    answer(http.POST("/v1/snippets/{snippet_id}/render", { ...snippet(id), body })),
  templates: () => answer(http.GET("/v1/templates")),
  createTemplate: (body: TemplateCreate) => answer(http.POST("/v1/templates", { body })),
  editTemplate: (id: string, version: number, body: TemplateCreate) =>
    answer(
      http.PATCH("/v1/templates/{template_id}", {
        ...template(id),
        body,
        headers: ifMatch(version),
      }),
    ),
  deleteTemplate: (id: string) => answer(http.DELETE("/v1/templates/{template_id}", template(id))),
  renderTemplate: (id: string, body: Fill) =>
    answer(http.POST("/v1/templates/{template_id}/render", { ...template(id), body })),
  hashtagGroups: () => answer(http.GET("/v1/hashtag-groups")),
  createGroup: (body: { name: string; tags: string[] }) =>
    answer(http.POST("/v1/hashtag-groups", { body })),
  editGroup: (id: string, version: number, body: { name: string; tags: string[] }) =>
    answer(
      http.PATCH("/v1/hashtag-groups/{group_id}", {
        ...group(id),
        body,
        headers: ifMatch(version),
      }),
    ),
  deleteGroup: (id: string) => answer(http.DELETE("/v1/hashtag-groups/{group_id}", group(id))),

  linkCard: (url: string) => answer(http.GET("/v1/link-card", { params: { query: { url } } })),
  mentions: (account_id: string, q: string, signal: AbortSignal) =>
    answer(http.GET("/v1/mentions", { params: { query: { account_id, q } }, signal })),

  tags: (cursor: string | null) =>
    answer(
      http.GET("/v1/tags", { params: { query: { limit: 100, ...(cursor ? { cursor } : {}) } } }),
    ),
  renameTag: (body: TagRename) => answer(http.POST("/v1/tags/rename", { body })),

  feeds: () => answer(http.GET("/v1/feeds")),
  createFeed: (body: FeedCreate) => answer(http.POST("/v1/feeds", { body })),
  editFeed: (feed_id: string, body: FeedEdit) =>
    answer(http.PATCH("/v1/feeds/{feed_id}", { params: { path: { feed_id } }, body })),
  renewFeed: (feed_id: string) =>
    answer(http.POST("/v1/feeds/{feed_id}/renew", { params: { path: { feed_id } } })),
  revokeFeed: (feed_id: string) =>
    answer(http.DELETE("/v1/feeds/{feed_id}", { params: { path: { feed_id } } })),

  keys: () => answer(http.GET("/v1/keys")),
  createKey: (name: string, workspace_id: string, role: Role) =>
    answer(http.POST("/v1/keys", { body: { name, workspace_ids: [workspace_id], role } })),
  revokeKey: (key_id: string) =>
    answer(http.DELETE("/v1/keys/{key_id}", { params: { path: { key_id } } })),
};
