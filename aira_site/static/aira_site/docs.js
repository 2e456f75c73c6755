// Shows the OpenAPI document. A separate file, because the page's CSP does not allow inline scripts.
"use strict";

const place = document.getElementById("docs");

SwaggerUIBundle({
  domNode: place,
  url: place.dataset.document,
  deepLinking: true,
  validatorUrl: null,
  syntaxHighlight: false,
});
