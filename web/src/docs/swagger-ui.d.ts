declare module "swagger-ui-dist/swagger-ui-es-bundle.js" {
  interface SwaggerUi {
    preauthorizeApiKey(scheme: string, key: string): void;
    specSelectors: { specJson(): { toJS(): unknown } };
  }
  interface Request {
    method: string;
    headers: Record<string, string>;
  }
  export default function SwaggerUIBundle(options: {
    dom_id: string;
    url: string;
    validatorUrl: null;
    deepLinking: boolean;
    persistAuthorization: boolean;
    tryItOutEnabled: boolean;
    displayRequestDuration: boolean;
    defaultModelsExpandDepth: number;
    onComplete: () => void;
  }): SwaggerUi;
}
