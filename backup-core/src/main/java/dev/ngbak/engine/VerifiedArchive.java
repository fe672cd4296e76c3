package dev.ngbak.engine;

import dev.ngbak.archive.ArchiveReader;
import dev.ngbak.archive.Manifest;
import dev.ngbak.archive.ManifestEntry;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.Verification;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * An archive that was read from its first byte to its last and matches its manifest.
 *
 * @param interleaved the stores whose files do not lie together, because somebody repacked the archive
 */
record VerifiedArchive(ReadableArchive archive, VerificationReport report, Set<Role> interleaved) {

    /** Reads one store of an archive. */
    interface StoreReader {
        /** @param source valid until this method returns */
        void read(Role role, EntrySource source) throws IOException;
    }

    Manifest manifest() {
        return report.archive().manifest();
    }

    /** Returns the same archive with the recorded outcome of its verification. */
    VerifiedArchive with(Verification outcome) {
        ArchiveInfo info = report.archive().with(outcome);
        return new VerifiedArchive(
                archive, new VerificationReport(info, report.decoded(), report.warnings()), interleaved);
    }

    /**
     * Reads stores in the order in which they lie in the archive, so that one pass is enough.
     *
     * @param check called at every step of the reading; throws to stop it
     */
    void forEachStore(Set<Role> roles, Runnable check, StoreReader reader) throws IOException {
        Set<Role> left = EnumSet.noneOf(Role.class);
        left.addAll(roles);
        left.removeAll(interleaved);
        try (ArchiveReader pass = ArchiveReader.open(archive, check)) {
            ManifestEntry entry = left.isEmpty() ? null : pass.next();
            while (entry != null && !left.isEmpty()) {
                Optional<Role> role = StoreSource.roleOf(entry, manifest());
                if (role.isPresent() && left.remove(role.get())) {
                    reader.read(role.get(), StoreSource.contiguous(pass, role.get()));
                }
                entry = pass.current() == entry ? pass.next() : pass.current();
            }
        }
        for (Role role : left) {
            reader.read(role, StoreSource.empty(manifest().stores().get(role).info()));
        }
        for (Role role : interleaved) {
            if (roles.contains(role)) {
                try (ArchiveReader pass = ArchiveReader.open(archive, check)) {
                    pass.next();
                    reader.read(role, StoreSource.interleaved(pass, role));
                }
            }
        }
    }
}
