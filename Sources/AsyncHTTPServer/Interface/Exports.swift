// What a program that imports AsyncHTTPServer sees without another import: the ecosystem's names for methods, fields
// and status codes, and the addresses of sockets.

@_exported public import HTTPTypes

@_exported public import struct Reactor.SocketAddress
