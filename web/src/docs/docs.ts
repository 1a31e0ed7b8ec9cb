/** The API's documentation, on which every call can be tried with the key that this browser keeps. */
import SwaggerUi from "swagger-ui-dist/swagger-ui-es-bundle.js";
import "swagger-ui-dist/swagger-ui.css";
import { keptKey } from "../key";
import "./docs.css";

interface Document {
  components?: { securitySchemes?: Record<string, { type: string; scheme?: string }> };
}

const ui = SwaggerUi({
  dom_id: "#docs",
  url: "/openapi.json",
  validatorUrl: null,
  deepLinking: true,
  persistAuthorization: false,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  onComplete: useKeptKey,
});

function useKeptKey(): void {
  const key = keptKey();
  const { components } = ui.specSelectors.specJson().toJS() as Document;
  for (const [name, scheme] of Object.entries(components?.securitySchemes ?? {})) {
    if (key && scheme.scheme === "bearer") ui.preauthorizeApiKey(name, key);
  }
}
