// A real Bluesky server (the reference PDS) and its PLC directory on loopback, for the tests.
//
// Environment: DATA_DIR (required, one folder per run: the directory lives in memory),
// PDS_PORT and PLC_PORT (0, the default, takes a free one), PUBLIC_PORT (where clients reach it, if
// that is a proxy's), JWT_SECRET, ADMIN_PASSWORD, BLOB_LIMIT (bytes; upstream's default is 5 MiB),
// RATE_LIMITS=1, INVITES=1.
//
// Prints one line of JSON once it serves. Stops on SIGINT, on SIGTERM and when standard input
// closes, so that a killed test run leaves no server behind.
import { randomBytes } from 'node:crypto'
import dns from 'node:dns'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'

import { PDS } from '@atproto/pds'
import plcServer from '@did-plc/server'

dns.setDefaultResultOrder('ipv4first') // localhost is 127.0.0.1, where both listen

const { Database, PlcServer } = plcServer
const LOOPBACK = '127.0.0.1'
const NOWHERE = `http://${LOOPBACK}:9`

const env = process.env
const secret = (name) => env[name] || randomBytes(24).toString('hex')
const number = (name) => (env[name] ? Number(env[name]) : undefined)

// Both servers must know their own port before they are built, and upstream binds every interface:
// so the socket is bound here first, and handed over where they call listen(port).
async function bindLoopback(port) {
  const holder = net.createServer()
  holder.listen(port ?? 0, LOOPBACK)
  await once(holder, 'listening')
  return holder
}

function listenOn(app, holder) {
  const listen = app.listen.bind(app)
  app.listen = () => listen(holder)
}

async function startDirectory() {
  const holder = await bindLoopback(number('PLC_PORT'))
  const plc = PlcServer.create({ db: Database.mock(), port: holder.address().port })
  listenOn(plc.app, holder)
  await plc.start()
  return { plc, port: holder.address().port }
}

async function startPds(plcUrl) {
  const holder = await bindLoopback(number('PDS_PORT'))
  const { port } = holder.address()
  const dataDirectory = path.resolve(env.DATA_DIR)
  const blobs = path.join(dataDirectory, 'blobs')
  mkdirSync(blobs, { recursive: true })
  const pds = await PDS.fromEnv({
    devMode: true,
    port: number('PUBLIC_PORT') ?? port, // what it calls itself; it listens where it was told to
    hostname: 'localhost',
    dataDirectory,
    blobstoreDiskLocation: blobs,
    blobstoreDiskTmpLocation: path.join(dataDirectory, 'uploads'),
    blobUploadLimit: number('BLOB_LIMIT'),
    didPlcUrl: plcUrl,
    enableDidDocWithSession: true,
    serviceHandleDomains: ['.test'],
    inviteRequired: env.INVITES === '1',
    rateLimitsEnabled: env.RATE_LIMITS === '1',
    disableSsrfProtection: true, // the directory is on loopback, too
    bskyAppViewUrl: NOWHERE, // there is no AppView: what it would answer is an error here
    bskyAppViewDid: 'did:example:none',
    crawlers: [],
    jwtSecret: secret('JWT_SECRET'),
    adminPassword: secret('ADMIN_PASSWORD'),
    plcRotationKeyK256PrivateKeyHex: randomBytes(32).toString('hex'),
  })
  listenOn(pds.app, holder)
  await pds.start()
  return { pds, port }
}

if (!env.DATA_DIR) throw new Error('DATA_DIR must name an empty folder for this run')
const { plc, port: plcPort } = await startDirectory()
// By name: it refuses addresses when it asks who signed a token.
const { pds, port: pdsPort } = await startPds(`http://localhost:${plcPort}`)

let stopping = false
async function stop() {
  if (stopping) return
  stopping = true
  await Promise.allSettled([pds.destroy(), plc.destroy()])
  process.exit(0)
}
process.on('SIGINT', stop)
process.on('SIGTERM', stop)
process.stdin.on('end', stop).on('error', stop).resume()

console.log(
  JSON.stringify({
    ready: true,
    pds: `http://${LOOPBACK}:${pdsPort}`,
    plc: `http://${LOOPBACK}:${plcPort}`,
    did: pds.ctx.cfg.service.did,
  }),
)
