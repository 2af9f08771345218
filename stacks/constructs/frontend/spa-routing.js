// CloudFront Function (cloudfront-js-2.0), on each request for the site. A single-page application has one page: a path
// that names no file is a route of it, and gets that page. Known endings only, for a route may have a dot in it.
var file =
  /\.(?:avif|css|csv|eot|gif|html|ico|jpe?g|js|json|map|mjs|mp3|mp4|otf|pdf|png|svg|ttf|txt|wasm|webm|webmanifest|webp|woff2?|xml)$/i;

// biome-ignore lint/correctness/noUnusedVariables: CloudFront calls it by this name.
function handler(event) {
  var request = event.request;
  if (!file.test(request.uri) && !request.uri.startsWith('/.well-known/')) request.uri = '/index.html';
  return request;
}
