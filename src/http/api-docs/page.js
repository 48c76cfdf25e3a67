/* global SwaggerUIBundle */
// Requests from this page send its cookie, so `/?token=…` once is enough.
SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#api',
  deepLinking: true,
  displayRequestDuration: true,
  // Disables the validator of swagger.io; the page loads nothing from other servers.
  validatorUrl: null,
});
