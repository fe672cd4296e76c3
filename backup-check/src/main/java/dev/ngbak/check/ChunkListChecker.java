package dev.ngbak.check;

import static dev.ngbak.check.Tables.EXISTS;
import static dev.ngbak.check.Tables.LISTED;

import dev.ngbak.layout.CheckRule.Id;
import dev.ngbak.layout.RecordInterpreter;
import dev.ngbak.layout.RecordInterpreter.EntryKind;
import dev.ngbak.spi.support.ExternalSorter;
import dev.ngbak.spi.support.TempFiles;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Set;

/** Checks the statuses of documents, and the lists of the chunks that entities and relationships were found in. */
final class ChunkListChecker implements Closeable {

    private final RecordInterpreter interpreter;
    private final Findings findings;
    private final Tables tables;
    private final Set<EntryKind> seen = EnumSet.noneOf(EntryKind.class);

    /** The chunks that are listed, each with the first record that lists it. They may come before the chunks themselves. */
    private final ExternalSorter listed;

    ChunkListChecker(RecordInterpreter interpreter, Tables tables, Findings findings, TempFiles files) {
        this.interpreter = interpreter;
        this.tables = tables;
        this.findings = findings;
        this.listed = new ExternalSorter(files);
    }

    /** @param value {@code null} if the value cannot be shown: then only the key is checked */
    void check(EntryKind kind, String key, byte[] value) throws IOException {
        seen.add(kind);
        IdTable owners = owners(kind);
        owners.set(owners.add(key), LISTED);
        if (value != null) {
            for (String chunk : interpreter.listedChunks(value)) {
                findings.look(Id.LISTED_CHUNKS_EXIST);
                listed.add(utf8(chunk), utf8(key));
            }
        }
    }

    private IdTable owners(EntryKind kind) {
        return switch (kind) {
            case STATUS -> tables.documents();
            case ENTITY_CHUNKS -> tables.nodes();
            default -> tables.relationships();
        };
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Checks the rules that can be decided only after all stores were visited. */
    void finish() throws IOException {
        ExternalSorter.Sorted chunks = listed.sorted();
        while (chunks.next()) {
            String chunk = new String(chunks.key(), StandardCharsets.UTF_8);
            int slot = tables.chunks().find(chunk);
            if (slot < 0 || !tables.chunks().has(slot, EXISTS)) {
                String owner = new String(chunks.value(), StandardCharsets.UTF_8);
                findings.violate(Id.LISTED_CHUNKS_EXIST, () -> owner + " lists " + chunk);
            }
        }
        finish(EntryKind.STATUS, Id.DOCUMENT_HAS_STATUS, Id.STATUS_HAS_DOCUMENT);
        finish(EntryKind.ENTITY_CHUNKS, Id.NODE_HAS_CHUNK_LIST, Id.NODE_HAS_CHUNK_LIST);
        finish(EntryKind.RELATIONSHIP_CHUNKS, Id.RELATIONSHIP_HAS_CHUNK_LIST, Id.RELATIONSHIP_HAS_CHUNK_LIST);
    }

    /**
     * Compares the owners that exist with those that have an entry. Earlier releases of a system had no such entries, so without
     * any there is nothing to compare.
     */
    private void finish(EntryKind kind, Id everyOwnerHasOne, Id everyOneHasAnOwner) throws IOException {
        if (!seen.contains(kind)) {
            return;
        }
        IdTable owners = owners(kind);
        owners.forEach(slot -> {
            boolean exists = owners.has(slot, EXISTS);
            boolean isListed = owners.has(slot, LISTED);
            if (exists) {
                findings.look(everyOwnerHasOne);
            }
            if (isListed && everyOneHasAnOwner != everyOwnerHasOne) {
                findings.look(everyOneHasAnOwner);
            }
            if (exists && !isListed) {
                findings.violate(everyOwnerHasOne, () -> owners.name(slot) + " has none");
            } else if (isListed && !exists) {
                findings.violate(everyOneHasAnOwner, () -> owners.name(slot) + " does not exist");
            }
        });
    }

    @Override
    public void close() throws IOException {
        listed.close();
    }
}
