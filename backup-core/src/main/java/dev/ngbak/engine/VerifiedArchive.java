package dev.ngbak.engine;

import dev.ngbak.archive.ArchiveFile;
import dev.ngbak.archive.ArchiveIndex;
import dev.ngbak.archive.ArchiveReader;
import dev.ngbak.archive.Manifest;
import dev.ngbak.archive.ManifestEntry;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * An archive that was read from its first byte to its last and matches its manifest.
 *
 * @param interleaved the stores whose files do not lie together, because somebody repacked the archive
 */
record VerifiedArchive(Path file, VerificationReport report, Set<Role> interleaved) {

    /** Reads one store of an archive. */
    interface StoreReader {
        /** @param source good until this returns */
        void read(Role role, EntrySource source) throws IOException;
    }

    Manifest manifest() {
        return report.archive().manifest();
    }

    /** Returns the same archive with the recorded outcome of its verification. */
    VerifiedArchive with(Verification outcome) {
        ArchiveInfo archive = report.archive().with(outcome);
        return new VerifiedArchive(
                file, new VerificationReport(archive, report.decoded(), report.warnings()), interleaved);
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
        try (ArchiveReader archive = ArchiveReader.open(new ArchiveFile(file), new ArchiveIndex(), check)) {
            ManifestEntry entry = left.isEmpty() ? null : archive.next();
            while (entry != null && !left.isEmpty()) {
                Optional<Role> role = StoreSource.roleOf(entry, manifest());
                if (role.isPresent() && left.remove(role.get())) {
                    reader.read(role.get(), StoreSource.contiguous(archive, role.get()));
                }
                entry = archive.current() == entry ? archive.next() : archive.current();
            }
        }
        for (Role role : left) {
            reader.read(role, StoreSource.empty(manifest().stores().get(role).info()));
        }
        for (Role role : interleaved) {
            if (roles.contains(role)) {
                try (ArchiveReader archive = ArchiveReader.open(new ArchiveFile(file), new ArchiveIndex(), check)) {
                    archive.next();
                    reader.read(role, StoreSource.interleaved(archive, role));
                }
            }
        }
    }
}
