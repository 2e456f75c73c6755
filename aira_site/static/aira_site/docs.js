// Shows the OpenAPI document. A file of its own, since the page's policy allows no inline script.
"use strict";

const place = document.getElementById("docs");

SwaggerUIBundle({
  domNode: place,
  url: place.dataset.document,
  deepLinking: true,
  validatorUrl: null,
  syntaxHighlight: false,
});
