/**
 * What the ledger calls an endpoint: `PUT /api/widget/v1/{projectKey}/items/{itemId}/vote`. Method and route template: ids and keys
 * stay out, so that floods fold. `GET unknown` where no route matched.
 */
export const endpointOf = (method: string, route: string | undefined): string => `${method} ${(route ?? 'unknown').replace(/:(\w+)/g, '{$1}')}`
