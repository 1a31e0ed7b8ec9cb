// A real Bluesky server (the reference PDS) and its PLC directory on loopback, for the tests; with
// an AppView when there is a database for one.
//
// Environment: DATA_DIR (required, one folder per run: the directory lives in memory),
// PDS_PORT and PLC_PORT (0, the default, takes a free one), PUBLIC_PORT (where clients reach it, if
// that is a proxy's), JWT_SECRET, ADMIN_PASSWORD, BLOB_LIMIT (bytes; upstream's default is 5 MiB),
// RATE_LIMITS=1, INVITES=1, DATABASE_URL (an empty PostgreSQL database: starts the AppView).
//
// Prints one line of JSON once it serves. Stops on SIGINT, on SIGTERM and when standard input
// closes, so that a killed test run leaves no server behind, and removes DATA_DIR.
import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'

import { LOOPBACK, NOWHERE, bindLoopback, listenOn } from './loopback.mjs'

import { PDS } from '@atproto/pds'
import plcServer from '@did-plc/server'

const { Database, PlcServer } = plcServer

const env = process.env
const secret = (name) => env[name] || randomBytes(24).toString('hex')
const number = (name) => (env[name] ? Number(env[name]) : undefined)

async function startDirectory() {
  const holder = await bindLoopback(number('PLC_PORT'))
  const plc = PlcServer.create({ db: Database.mock(), port: holder.address().port })
  listenOn(plc.app, holder)
  await plc.start()
  return { plc, port: holder.address().port }
}

async function startPds(plcUrl, appview) {
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
    bskyAppViewUrl: appview.url,
    bskyAppViewDid: appview.did,
    crawlers: [],
    jwtSecret: secret('JWT_SECRET'),
    adminPassword: secret('ADMIN_PASSWORD'),
    plcRotationKeyK256PrivateKeyHex: randomBytes(32).toString('hex'),
  })
  listenOn(pds.app, holder)
  await pds.start()
  return { pds, port }
}

async function startWithAppView(plcUrl) {
  const { APPVIEW_DID, startAppView } = await import('./appview.mjs')
  const holder = await bindLoopback()
  const url = `http://${LOOPBACK}:${holder.address().port}`
  const { pds, port } = await startPds(plcUrl, { url, did: APPVIEW_DID })
  const databaseUrl = env.DATABASE_URL
  const appview = await startAppView({ holder, databaseUrl, plcUrl, pds, pdsPort: port })
  return { pds, port, appview }
}

// Without an AppView, what it would answer is an error.
const startAlone = (plcUrl) => startPds(plcUrl, { url: NOWHERE, did: 'did:example:none' })

if (!env.DATA_DIR) throw new Error('DATA_DIR must name an empty folder for this run')
const { plc, port: plcPort } = await startDirectory()
// By name: it refuses addresses when it asks who signed a token.
const plcUrl = `http://localhost:${plcPort}`
const started = await (env.DATABASE_URL ? startWithAppView : startAlone)(plcUrl)
const { pds, port: pdsPort, appview } = started

let stopping = false
async function stop() {
  if (stopping) return
  stopping = true
  await Promise.allSettled([appview?.stop(), pds.destroy(), plc.destroy()])
  rmSync(env.DATA_DIR, { recursive: true, force: true })
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
    appview: appview?.url,
  }),
)
