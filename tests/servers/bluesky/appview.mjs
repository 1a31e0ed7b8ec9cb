// Bluesky's AppView for one PDS: the index of posts, likes, replies and notifications that clients
// read through their PDS (app.bsky.*). It follows the PDS's event stream and keeps what it hears in
// PostgreSQL. What accounts set for themselves there (mutes, preferences) needs a further server,
// bsync, which nobody here asks for: those calls fail.
import { setTimeout as sleep } from 'node:timers/promises'

import * as bsky from '@atproto/bsky'
import { Secp256k1Keypair } from '@atproto/crypto'

import { LOOPBACK, NOWHERE, listenOn } from './loopback.mjs'

export const APPVIEW_DID = 'did:web:appview.test' // a name: the PDS is told its address
const POLL_MS = 5

// What upstream insists on and nothing here uses.
const UNUSED = {
  adminPasswords: [],
  alternateAudienceDids: [],
  bigThreadUris: new Set(),
  bsyncUrl: NOWHERE,
  debugFieldAllowedDids: new Set(),
  draftsLimit: 500,
  etcdHosts: [],
  feedGenSkeletonTimeout: 5000,
  labelsFromIssuerDids: [],
  modServiceDid: 'did:example:none',
  searchTagsHide: new Set(),
  searchTagsHideAll: new Set(),
  threadTagsBumpDown: new Set(),
  threadTagsHide: new Set(),
  visibilityTagHide: '',
  visibilityTagRankPrefix: '',
}

export async function startAppView({ holder, databaseUrl, plcUrl, pds, pdsPort }) {
  const url = `http://${LOOPBACK}:${holder.address().port}`
  const db = new bsky.Database({ url: databaseUrl, poolSize: 10 })
  await db.migrateToLatestOrThrow()
  const dataplane = await bsky.DataPlaneServer.create(db, 0, plcUrl, fetch)
  const config = new bsky.ServerConfig({
    ...UNUSED,
    cdnUrl: `${url}/img`,
    dataplaneHttpVersion: '1.1',
    dataplaneUrls: [`http://${LOOPBACK}:${dataplane.server.address().port}`],
    didPlcUrl: plcUrl,
    disableSsrfProtection: true,
    maxThreadParents: 50,
    port: holder.address().port,
    publicUrl: url,
    serverDid: APPVIEW_DID,
  })
  const appview = bsky.BskyAppView.create({ config, signingKey: await Secp256k1Keypair.create() })
  // Names end in .test: only the PDS knows them, and nobody is asked on the internet.
  const resolve = async (handle) => (await pds.ctx.accountManager.getAccount(handle))?.did
  for (const { handle } of [dataplane.idResolver, appview.ctx.idResolver]) handle.resolve = resolve
  const service = `ws://${LOOPBACK}:${pdsPort}`
  const index = new bsky.RepoSubscription({ service, db, idResolver: dataplane.idResolver })
  appview.app.get('/indexed', async (_, answer) => answer.json(await caughtUp(index, pds)))
  listenOn(appview.app, holder)
  await appview.start()
  await index.start()
  const stop = async () => {
    for (const part of [appview, dataplane, index]) await part.destroy()
    await db.close()
  }
  return { url, stop }
}

// Waits until all that happened on the PDS so far can be read from the AppView, counts included.
async function caughtUp(index, pds) {
  const seq = (await pds.ctx.sequencer.curr()) ?? 0
  while (index.getCursor() < seq) await sleep(POLL_MS)
  await index.processAll()
  return { seq }
}
