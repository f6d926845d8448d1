/** Resolves at the end of the response. A client that did more with it would be slower than a bare route. */
export function answered(pool, request) {
  return new Promise((resolve, reject) => {
    pool.dispatch(request, {
      onRequestStart() {},
      onResponseStart(_controller, statusCode) {
        if (statusCode > 201) reject(new Error(`${request.path} answered ${statusCode}`));
      },
      onResponseData() {},
      onResponseEnd: resolve,
      onResponseError: (_controller, error) => reject(error),
    });
  });
}
