package dev.ngbak.files;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.EntrySource.Entry;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.support.MalformedContentException;
import dev.ngbak.spi.support.Preflight;
import dev.ngbak.spi.support.ProgressMeter;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** The files of one archived store. */
record ArchivedFiles(FileKind kind, Settings settings, EntrySource source) {

    /** Opens the output for the content of a file. */
    interface Outputs {
        OutputStream open(Entry entry) throws IOException;
    }

    /** Returns whether the files are archived without having been decoded. */
    boolean isRaw() {
        return source.archived().form().equals(ExportSession.RAW);
    }

    /** Writes all files to outputs, and hands over their records. */
    void read(RecordHandler records, ProgressMeter meter, Outputs outputs) throws IOException {
        Preflight.requireForm(source.archived(), kind.role(), kind.backend(), kind.form(), ExportSession.RAW);
        if (isRaw()) {
            records.markOpaque(StoreCounts.NONE);
        } else {
            kind.announceCounts(records);
        }
        FileNames fileNames = kind.names(settings);
        Set<String> names = new HashSet<>();
        source.forEach((entry, content) -> {
            Optional<String> problem = fileNames.problem(entry.name());
            if (problem.isPresent() || !names.add(entry.name())) {
                throw corrupt(
                        "The name " + SafeText.quoted(entry.name()) + " of " + SafeText.forMessage(entry.path())
                                + " in the archive " + problem.orElse("is that of another file in the archive"),
                        null);
            }
            meter.expect(entry.size());
            try (OutputStream out = outputs.open(entry)) {
                copy(entry, content, out, meter, records);
            }
        });
    }

    private void copy(Entry entry, InputStream content, OutputStream out, ProgressMeter meter, RecordHandler records)
            throws IOException {
        try {
            TeeInputStream.copy(content, out, meter, in -> {
                if (!isRaw()) {
                    kind.read(in, entry.name(), settings, records);
                }
            });
        } catch (MalformedContentException e) {
            throw corrupt(SafeText.forMessage(entry.path()) + " in the archive " + e.getMessage(), e);
        }
    }

    private static BackupException corrupt(String problem, MalformedContentException cause) {
        return new BackupException(Kind.CORRUPT, problem, "Use another archive", cause);
    }
}
