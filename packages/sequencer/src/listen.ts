import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { InputError } from '@deoxys/core'

export const LOOPBACK = '127.0.0.1'

/** Resolves with `http://host:port` once the server listens. @throws InputError PORT_IN_USE, BAD_FLAG */
export async function listen(server: Server, host: string, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)))
    server.listen({ port, host }, resolve)
  })
  const { address, family, port: bound } = server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`
}

/** Cuts the open connections. Resolves once the port is free. */
export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeAllConnections()
  await closed
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new InputError(`port ${port} is in use`, { code: 'PORT_IN_USE', host, port }, { cause: error })
    case 'EACCES':
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new InputError(`cannot listen on ${host}:${port}`, { code: 'BAD_FLAG', host, port }, { cause: error })
    default:
      return error
  }
}
