// One of the two servers that a Bluesky account needs, on loopback:
//   node server.mjs directory   the PLC directory that gives accounts their ids, kept in memory
//   node server.mjs pds         the PDS that keeps their posts, under SENTINEL_PDS_DATA
// Both read their ports from the environment. "ready" on stdout means: it answers.
import { createECDH } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Server } from 'node:net'
import { join } from 'node:path'

const { PLC_PORT, PDS_PORT, SENTINEL_PDS_DATA: data, SENTINEL_PDS_CODE: code } = process.env
const installed = createRequire(join(code, 'package.json'))

// Each opens its port on every interface of the machine; a test's server is nobody else's business.
const listen = Server.prototype.listen
Server.prototype.listen = function (port, ...more) {
  const ready = more.find((each) => typeof each === 'function')
  return typeof port === 'number' ? listen.call(this, { port, host: '127.0.0.1' }, ready) : listen.call(this, port, ...more)
}

async function directory() {
  const { Database, PlcServer } = installed('@did-plc/server')
  return PlcServer.create({ db: Database.mock(), port: Number(PLC_PORT) })
}

async function pds() {
  const { PDS } = await import(join(code, 'node_modules/@atproto/pds/dist/index.js'))
  mkdirSync(join(data, 'blobs'), { recursive: true })
  return PDS.fromEnv({
    devMode: true, // plain http, and ids from a directory of our own
    port: Number(PDS_PORT),
    hostname: 'localhost',
    serviceHandleDomains: ['.test'],
    inviteRequired: false,
    dataDirectory: data,
    blobstoreDiskLocation: join(data, 'blobs'),
    didPlcUrl: `http://localhost:${PLC_PORT}`,
    plcRotationKeyK256PrivateKeyHex: rotationKey(),
    jwtSecret: 'a secret of this test server alone',
    adminPassword: 'of this test server alone',
    bskyAppViewUrl: 'https://appview.invalid', // there is no AppView: nobody outside is asked
    bskyAppViewDid: 'did:web:appview.invalid',
    modServiceUrl: 'https://moderation.invalid',
    modServiceDid: 'did:web:moderation.invalid',
    disableSsrfProtection: true,
    rateLimitsEnabled: true, // a sentinel that logs in for each post would show here
  })
}

function rotationKey() {
  const file = join(data, 'rotation-key')
  if (!existsSync(file)) {
    const pair = createECDH('secp256k1')
    pair.generateKeys()
    writeFileSync(file, pair.getPrivateKey('hex').padStart(64, '0'), { mode: 0o600 })
  }
  return readFileSync(file, 'utf8')
}

const server = await { directory, pds }[process.argv[2]]()
await server.start()
console.log('ready')
process.on('SIGTERM', () => server.destroy().finally(() => process.exit(0)))
