// Sockets of the servers here: 127.0.0.1 and nothing else, though upstream binds every interface.
import dns from 'node:dns'
import { once } from 'node:events'
import net from 'node:net'

export const LOOPBACK = '127.0.0.1'
export const NOWHERE = `http://${LOOPBACK}:9` // for what upstream must be told and never asks here

dns.setDefaultResultOrder('ipv4first') // localhost is 127.0.0.1, where all of them listen

// A server that must know its own port before it is built: its socket is bound first, and handed
// over where upstream calls listen(port).
export async function bindLoopback(port) {
  const holder = net.createServer()
  holder.listen({ port: port ?? 0, host: LOOPBACK })
  await once(holder, 'listening')
  return holder
}

export function listenOn(app, holder) {
  const listen = app.listen.bind(app)
  app.listen = () => listen(holder)
}

// A server whose socket upstream makes itself, as listen(port).
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (where, ...rest) {
  const place = typeof where === 'number' ? { port: where, host: LOOPBACK } : where
  return listen.call(this, place, ...rest)
}
