// Shows /openapi.json. The bundled Swagger UI reads OpenAPI 3.0 only, so it is handed the 3.0 spelling of the few
// things that 3.1 spells otherwise; the served document stays 3.1.
"use strict";

function asOpenApi30(node) {
  if (Array.isArray(node)) {
    return node.map(asOpenApi30);
  }
  if (node === null || typeof node !== "object") {
    return node;
  }
  const made = {};
  for (const [key, value] of Object.entries(node)) {
    made[key] = asOpenApi30(value);
  }
  if (Array.isArray(made.type)) {
    const types = made.type.filter((type) => type !== "null");
    made.nullable = types.length < made.type.length;
    made.type = types[0];
  }
  if (made.type === "null") {
    made.type = "object";
    made.nullable = true;
    made.enum = [null];
  }
  if ("const" in made) {
    made.enum = [made.const];
    made.type = made.type || typeof made.const;
    delete made.const;
  }
  if (Array.isArray(made.anyOf) && made.anyOf.some((choice) => choice.nullable && choice.enum)) {
    made.anyOf = made.anyOf.filter((choice) => !(choice.nullable && choice.enum));
    made.nullable = true;
  }
  return made;
}

// Whoever tries one request after another leaves the key of the example as it is, and means a new one each time.
function withKeyOfItsOwn(request, exampleKey) {
  if (request.headers["Idempotency-Key"] === exampleKey) {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    request.headers["Idempotency-Key"] = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }
  return request;
}

fetch("/openapi.json")
  .then((answer) => answer.json())
  .then((spec) => {
    const exampleKey = spec.components.parameters?.["Idempotency-Key"]?.example ?? null;
    window.ui = SwaggerUIBundle({
      spec: { ...asOpenApi30(spec), openapi: "3.0.3" },
      dom_id: "#swagger-ui",
      deepLinking: true,
      validatorUrl: null,
      requestInterceptor: (request) => withKeyOfItsOwn(request, exampleKey),
      presets: [SwaggerUIBundle.presets.apis],
      layout: "BaseLayout",
    });
  });
