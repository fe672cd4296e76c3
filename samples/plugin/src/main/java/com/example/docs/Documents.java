package com.example.docs;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.RecordVisitor;
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
 * The form of the files in an archive, one for each namespace: for every document, in the order of their keys, the key (as
 * {@link DataOutputStream#writeUTF} writes it), the size in eight bytes, and the content.
 */
final class Documents {

    private Documents() {}

    static void write(String namespace, List<Path> documents, OutputStream to, Tally tally) throws IOException {
        DataOutputStream out = new DataOutputStream(to);
        tally.namespace(namespace);
        for (Path document : documents) {
            try (InputStream in = Files.newInputStream(document)) {
                String key = DocsFolder.key(document);
                long size = Files.size(document);
                out.writeUTF(key);
                out.writeLong(size);
                tally.pass(namespace, key, size, in, out);
                if (in.read() >= 0) {
                    throw new EOFException();
                }
            } catch (EOFException e) {
                throw new BackupException(
                        Kind.SOURCE_CHANGED,
                        namespace + "/" + DocsFolder.name(document) + " was written while it was read",
                        "Pause whatever writes to " + DocsFolder.SETTING + ", or set BACKUP_PAUSE_HOOK",
                        e);
            }
        }
        out.flush();
    }

    /** Takes one document out of an archive, and reads all of it. */
    interface Receiver {
        void receive(String namespace, String key, long size, InputStream content) throws IOException;
    }

    /** Nothing in an archive is believed: somebody else may have made it. */
    static void read(EntrySource source, Tally tally, Receiver receiver) throws IOException {
        if (!source.archived().form().equals(DocsFolder.FORM)) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "The archive holds its kv in the form \""
                            + source.archived().form() + "\", and KV_BACKEND=docs reads \"" + DocsFolder.FORM + "\"",
                    "Set KV_BACKEND to what the archive was made with");
        }
        Set<String> namespaces = new HashSet<>();
        source.forEach((entry, content) -> {
            if (!DocsFolder.isName(entry.name()) || !namespaces.add(entry.name())) {
                throw damaged(entry, "has the name of no namespace, or that of another file");
            }
            tally.namespace(entry.name());
            try {
                read(entry, new PushbackInputStream(content), receiver);
            } catch (EOFException | UTFDataFormatException e) {
                throw damaged(entry, "ends in the middle of a document, or is not in the form of documents");
            }
        });
    }

    private static void read(EntrySource.Entry entry, PushbackInputStream content, Receiver receiver)
            throws IOException {
        DataInputStream in = new DataInputStream(content);
        String last = "";
        for (int first = content.read(); first >= 0; first = content.read()) {
            content.unread(first);
            String key = in.readUTF();
            long size = in.readLong();
            if (!DocsFolder.isName(DocsFolder.fileName(key)) || key.compareTo(last) <= 0 || size < 0) {
                throw damaged(entry, "has a document whose key or size cannot be");
            }
            receiver.receive(entry.name(), key, size, in);
            last = key;
        }
    }

    /** Shows one document as the record of a GraphRAG system that it is. */
    static void show(String namespace, String key, long size, InputStream content, RecordVisitor visitor)
            throws IOException {
        byte[] value = null;
        if (size > RecordVisitor.MAX_LENGTH) {
            content.skipNBytes(size);
        } else {
            value = content.readNBytes((int) size);
            if (value.length < size) {
                throw new EOFException();
            }
        }
        visitor.entry(namespace, key, value, RecordVisitor.NEVER);
    }

    private static BackupException damaged(EntrySource.Entry entry, String how) {
        return new BackupException(Kind.CORRUPT, entry.path() + " in the archive " + how, "Use another archive");
    }
}
