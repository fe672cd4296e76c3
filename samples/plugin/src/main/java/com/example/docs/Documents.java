package com.example.docs;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.support.Preflight;
import dev.ngbak.spi.support.ProgressMeter;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PushbackInputStream;
import java.io.UTFDataFormatException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Writes and reads the entries of an archive. Each namespace is one entry, with its documents ordered by key. A document is
 * its key (as {@link DataOutputStream#writeUTF} writes it), its size in eight bytes, and its content.
 */
final class Documents {

    private final RecordHandler records;
    private final ProgressMeter meter;

    /** @param records receives every document that is written or read */
    Documents(RecordHandler records, ProgressMeter meter) {
        this.records = records;
        this.meter = meter;
    }

    void write(String namespace, List<Path> documents, OutputStream to) throws IOException {
        records.count(namespace, 0);
        meter.expect(documents.size());
        DataOutputStream out = new DataOutputStream(to);
        for (Path document : documents) {
            try (InputStream in = Files.newInputStream(document)) {
                DocumentRecord record =
                        new DocumentRecord(namespace, DocsFolder.key(document), Files.size(document), records.detail());
                out.writeUTF(record.key());
                out.writeLong(record.size());
                record.copy(in, out, meter);
                if (in.read() >= 0) {
                    throw new EOFException();
                }
                records.add(record);
            } catch (EOFException e) {
                throw new BackupException(
                        Kind.SOURCE_CHANGED,
                        namespace + "/" + DocsFolder.name(document) + " was written while it was read",
                        "Pause whatever writes to " + DocsFolder.DIRECTORY.name() + ", or set BACKUP_PAUSE_HOOK",
                        e);
            }
        }
        out.flush();
        meter.flush();
    }

    /** The destination of archived documents. */
    interface Target {
        /** Opens a stream for the content of one document. */
        OutputStream open(String namespace, String key) throws IOException;

        /** Is called before the first document of a namespace. */
        default void begin(String namespace) throws IOException {}
    }

    /** Reads all documents of an archive, and validates them because an archive may be hostile. */
    void read(EntrySource source, Target target) throws IOException {
        Preflight.requireForm(source.archived(), Role.KV, DocsExporter.BACKEND, DocsFolder.FORM);
        Set<String> namespaces = new HashSet<>();
        source.forEach((entry, content) -> {
            if (!DocsFolder.isName(entry.name()) || !namespaces.add(entry.name())) {
                throw malformed(entry, "has an invalid or a duplicate namespace");
            }
            records.count(entry.name(), 0);
            target.begin(entry.name());
            try {
                read(entry, new PushbackInputStream(content), target);
            } catch (EOFException | UTFDataFormatException e) {
                throw malformed(entry, "ends in the middle of a document, or is not in the form of documents");
            }
        });
        meter.flush();
    }

    private void read(EntrySource.Entry entry, PushbackInputStream content, Target target) throws IOException {
        DataInputStream in = new DataInputStream(content);
        String last = "";
        for (int first = content.read(); first >= 0; first = content.read()) {
            content.unread(first);
            DocumentRecord record =
                    new DocumentRecord(entry.name(), in.readUTF(), in.readLong(), records.detail());
            if (!DocsFolder.isName(DocsFolder.fileName(record.key()))
                    || record.key().compareTo(last) <= 0
                    || record.size() < 0) {
                throw malformed(entry, "contains a document with an invalid key or size");
            }
            try (OutputStream out = target.open(entry.name(), record.key())) {
                record.copy(in, out, meter);
            }
            records.add(record);
            last = record.key();
        }
    }

    private static BackupException malformed(EntrySource.Entry entry, String how) {
        return new BackupException(Kind.CORRUPT, entry.path() + " in the archive " + how, "Use another archive");
    }
}
