package dev.ngbak.engine;

import dev.ngbak.archive.ArchiveReader;
import dev.ngbak.archive.ManifestEntry;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.support.DiskErrors;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Reads one file of an archive. */
final class FileExtraction {

    private static final String MANIFEST = "manifest.json";

    private FileExtraction() {}

    /** Writes the file to the stream, and verifies its digest afterwards. The stream may have received all of it then. */
    static void run(ReadableArchive archive, String path, OutputStream out, Job job) throws IOException {
        try (ArchiveReader reader = ArchiveReader.open(archive, job::checkCancelled)) {
            if (path.equals(MANIFEST)) {
                byte[] manifest = reader.manifestText().getBytes(StandardCharsets.UTF_8);
                write(out, manifest, manifest.length);
                return;
            }
            if (reader.manifest().files().stream().noneMatch(file -> file.path().equals(path))) {
                throw new BackupException(
                        Kind.NOT_FOUND,
                        "The archive " + archive.name() + " contains no file " + SafeText.quoted(path),
                        "Run ngbak inspect to see its files");
            }
            // If a listed file is missing, next() throws instead of returning null.
            ManifestEntry entry = reader.next();
            while (entry != null && !entry.path().equals(path)) {
                entry = reader.next();
            }
            InputStream content = reader.content();
            byte[] buffer = new byte[1 << 16];
            for (int n = content.read(buffer); n >= 0; n = content.read(buffer)) {
                job.checkCancelled();
                write(out, buffer, n);
            }
            reader.finish();
        }
    }

    private static void write(OutputStream out, byte[] bytes, int length) {
        try {
            out.write(bytes, 0, length);
        } catch (IOException e) {
            boolean full = DiskErrors.isNoSpace(e);
            throw new BackupException(
                    full ? Kind.NO_SPACE : Kind.INTERNAL,
                    full ? "The disk of the output is full" : "The output could not be written: " + e.getMessage(),
                    full
                            ? "Free some space there, or write to another disk"
                            : "Check the place of the output, then try again",
                    e);
        }
    }
}
