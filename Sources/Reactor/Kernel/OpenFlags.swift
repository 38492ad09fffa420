// Flags of open(2) and openat2(2) that Glibc's module cannot show, by names of their own.

import CLinux

/// Flags for `Syscalls.open`, beside those that Glibc has.
package enum OpenFlags {
  /// O_PATH: a place in the tree, which is not opened for reading.
  package static var pathOnly: Int32 { clinux_o_path }
  /// O_DIRECTORY: ENOTDIR for anything else.
  package static var directory: Int32 { clinux_o_directory }
  /// O_NOFOLLOW: ELOOP, or ENOTDIR with `directory`, where the last component is a symbolic link.
  package static var noFollow: Int32 { clinux_o_nofollow }
  /// O_TMPFILE: a file without a name in the directory, gone when it is closed. EOPNOTSUPP where the file system has
  /// none.
  package static var temporary: Int32 { clinux_o_tmpfile }
}

/// How openat2(2) confines a walk.
package enum PathResolution {
  /// RESOLVE_BENEATH: EXDEV where the walk would leave the directory, if only for one step, or meets an absolute link.
  package static var beneath: UInt64 { clinux_resolve_beneath }
  /// RESOLVE_NO_MAGICLINKS: ELOOP at links such as those in /proc/PID/fd, which lead anywhere.
  package static var noMagicLinks: UInt64 { clinux_resolve_no_magiclinks }
  /// RESOLVE_NO_SYMLINKS: ELOOP at any symbolic link.
  package static var noSymbolicLinks: UInt64 { clinux_resolve_no_symlinks }
}
