// Introspects in every way that oauth4webapi can, and writes what came of it as JSON.
//
// node oauth4webapi.mjs MODULES, with the configuration as JSON on standard input.

import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const module = (path) => import(pathToFileURL(`${process.argv[2]}/${path}`).href)
const oauth = await module('oauth4webapi/build/index.js')
const jose = await module('jose/dist/webapi/index.js')

const { issuer, secret, token, keys } = JSON.parse(readFileSync(0, 'utf8'))
const insecure = { [oauth.allowInsecureRequests]: true } // http, to localhost

const discovered = await oauth.discoveryRequest(new URL(issuer), { algorithm: 'oauth2', ...insecure })
const server = await oauth.processDiscoveryResponse(new URL(issuer), discovered)

const signing = await jose.importJWK(keys.sign, 'ES256')
const decrypting = await jose.importJWK(keys.decrypt, 'ECDH-ES')
const decrypt = async (jwe) => new TextDecoder().decode((await jose.compactDecrypt(jwe, decrypting)).plaintext)

async function introspect(client, authentication, options = {}) {
  const response = await oauth.introspectionRequest(server, client, authentication, token, {
    ...insecure,
    ...options,
  })
  const type = response.headers.get('content-type')
  const body = await response.clone().text()
  const claims = await oauth.processIntrospectionResponse(server, client, response, {
    [oauth.jweDecrypt]: decrypt,
  })
  if (type !== 'application/json') {
    await oauth.validateApplicationLevelSignature(server, response, insecure)
  }
  return { type, claims, parts: type === 'application/json' ? 0 : body.split('.').length }
}

const cases = {
  client_secret_basic: () => introspect({ client_id: 'basic' }, oauth.ClientSecretBasic(secret)),
  client_secret_post: () => introspect({ client_id: 'post' }, oauth.ClientSecretPost(secret)),
  private_key_jwt: () =>
    introspect({ client_id: 'signer' }, oauth.PrivateKeyJwt({ key: signing, kid: keys.sign.kid })),
  'signed, asked for': () =>
    introspect({ client_id: 'basic' }, oauth.ClientSecretBasic(secret), { requestJwtResponse: true }),
}
for (const alg of server.introspection_signing_alg_values_supported) {
  cases[`signed with ${alg}`] = () =>
    introspect(
      { client_id: `signed ${alg}`, introspection_signed_response_alg: alg },
      oauth.ClientSecretBasic(secret),
    )
}
cases.encrypted = () =>
  introspect(
    { client_id: 'encrypted', introspection_signed_response_alg: 'ES256' },
    oauth.ClientSecretBasic(secret),
  )

const results = {}
for (const [name, run] of Object.entries(cases)) {
  try {
    results[name] = await run()
  } catch (error) {
    results[name] = { error: `${error.name} ${error.code ?? ''}: ${error.message} ${error.cause ?? ''}` }
  }
}
console.log(JSON.stringify(results))
