/* global SwaggerUIBundle */
// Calls made from the page carry its cookie, so that `/?token=…` once is enough here, too.
SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#api',
  deepLinking: true,
  displayRequestDuration: true,
  // Of swagger.io: nothing on this page comes from elsewhere.
  validatorUrl: null,
});
