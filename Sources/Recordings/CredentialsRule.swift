// What credentials of a request mean for the recordings it may have.

/// Whose recordings answer whom. Credentials are Authorization, Cookie, and what else of a request is redacted.
package enum CredentialsRule: String, CaseIterable, Sendable {
  /// As `separate` where the answer says that it is one client's (Cache-Control private or no-store, Set-Cookie, Vary
  /// on credentials or on everything), else as `share`.
  case auto
  /// Clients with credentials have recordings of their own.
  case separate
  /// All clients share every recording.
  case share
  /// What is asked with credentials, or answered to one client, is passed on and not recorded.
  case refuse
}
