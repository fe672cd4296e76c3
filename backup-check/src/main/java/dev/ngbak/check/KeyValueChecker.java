package dev.ngbak.check;

import static dev.ngbak.check.Tables.CHUNK_COUNT;
import static dev.ngbak.check.Tables.DOCUMENT;
import static dev.ngbak.check.Tables.EXISTS;
import static dev.ngbak.check.Tables.INDEX_SUM;
import static dev.ngbak.check.Tables.REPORTED;
import static dev.ngbak.check.Tables.REPORTED_BY;

import dev.ngbak.check.Findings.RecordType;
import dev.ngbak.engine.Sizes;
import dev.ngbak.layout.CheckRule.Id;
import dev.ngbak.layout.RecordInterpreter;
import dev.ngbak.layout.RecordInterpreter.Chunk;
import dev.ngbak.layout.RecordInterpreter.Document;
import dev.ngbak.layout.RecordInterpreter.EntryKind;
import dev.ngbak.layout.RecordInterpreter.Report;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Checks documents, chunks, community reports and cached answers. */
final class KeyValueChecker implements RecordVisitor {

    private final RecordInterpreter interpreter;
    private final Findings findings;
    private final ChunkListChecker lists;
    private final IdTable.Names names;
    private final IdTable documents;
    private final IdTable chunks;
    private final IdTable reports;
    private final IdTable nodes;

    /** The number of values that were not checked because they are too long to be shown. */
    private long tooLong;

    /** The number of values that were not checked because of their type, by type. */
    private final Map<String, Long> composites = new TreeMap<>();

    KeyValueChecker(RecordInterpreter interpreter, Tables tables, Findings findings, ChunkListChecker lists) {
        this.interpreter = interpreter;
        this.lists = lists;
        this.findings = findings;
        this.names = tables.names();
        this.documents = tables.documents();
        this.chunks = tables.chunks();
        this.reports = tables.reports();
        this.nodes = tables.nodes();
    }

    @Override
    public void entry(String namespace, String key, byte[] value, long expires) throws IOException {
        Optional<EntryKind> kind = interpreter.entryKind(namespace);
        if (kind.isPresent()) {
            tooLong += value == null ? 1 : 0;
            check(kind.get(), key, value);
        }
    }

    @Override
    public void composite(String namespace, String key, String type, long expires) throws IOException {
        Optional<EntryKind> kind = interpreter.entryKind(namespace);
        if (kind.isPresent()) {
            composites.merge(type, 1L, Long::sum);
            check(kind.get(), key, null);
        }
    }

    /** @param value {@code null} if the value cannot be shown: then only the key is checked */
    private void check(EntryKind kind, String key, byte[] value) throws IOException {
        switch (kind) {
            case DOCUMENT -> document(key, value);
            case CHUNK -> chunk(key, value);
            case COMMUNITY_REPORT -> report(key, value);
            case CACHED_ANSWER -> answer(key, value);
            case STATUS, ENTITY_CHUNKS, RELATIONSHIP_CHUNKS -> lists.check(kind, key, value);
        }
    }

    private void document(String key, byte[] value) throws IOException {
        findings.count(RecordType.DOCUMENTS);
        findings.look(Id.DOCUMENT_HAS_CHUNKS);
        documents.set(documents.add(key), EXISTS);
        if (value == null) {
            return;
        }
        findings.look(Id.DOCUMENT_KEY_IS_HASH);
        Document document = interpreter.document(key, value);
        if (!document.keyIsHash()) {
            findings.violate(Id.DOCUMENT_KEY_IS_HASH, () -> document.hasContent() ? key : key + " has no content");
        }
    }

    private void chunk(String key, byte[] value) throws IOException {
        findings.count(RecordType.CHUNKS);
        chunks.set(chunks.add(key), EXISTS);
        if (value == null) {
            return;
        }
        Chunk chunk = interpreter.chunk(key, value);
        findings.look(Id.CHUNK_KEY_IS_HASH);
        if (!chunk.keyIsHash()) {
            findings.violate(Id.CHUNK_KEY_IS_HASH, () -> chunk.content().isPresent() ? key : key + " has no content");
        }
        if (chunk.document().isPresent()) {
            findings.look(Id.CHUNK_HAS_DOCUMENT);
            findings.look(Id.CHUNKS_ARE_NUMBERED);
            String document = chunk.document().get();
            int slot = documents.add(document);
            documents.add(slot, CHUNK_COUNT, 1);
            // This sum does not depend on the order of the chunks, and has the expected value only if all indices are
            // correct.
            documents.add(slot, INDEX_SUM, IdTable.mix(chunk.index()));
            chunks.put(chunks.find(key), DOCUMENT, documents.hash(document));
        }
    }

    private void report(String key, byte[] value) throws IOException {
        findings.count(RecordType.COMMUNITY_REPORTS);
        findings.look(Id.REPORT_HAS_COMMUNITY);
        findings.look(Id.REPORT_REFERENCES_EXIST);
        int slot = reports.add(key);
        reports.set(slot, EXISTS);
        if (value == null) {
            return;
        }
        findings.look(Id.REPORT_TITLE_IS_KEY);
        Report report = interpreter.report(key, value, new References(reports.nameOffset(slot)));
        if (!report.titleIsKey()) {
            findings.violate(
                    Id.REPORT_TITLE_IS_KEY,
                    () -> report.title()
                            .map(title -> key + " is titled " + title)
                            .orElse(key + " has no title"));
        }
    }

    /** Marks the records that a report refers to. */
    private final class References implements RecordInterpreter.ReportReferences {

        private final long report;

        /** @param report the offset of the report's name */
        References(long report) {
            this.report = report;
        }

        @Override
        public void node(String name) throws IOException {
            mark(nodes, name);
        }

        @Override
        public void chunk(String key) throws IOException {
            mark(chunks, key);
        }

        @Override
        public void report(String key) throws IOException {
            mark(reports, key);
        }

        private void mark(IdTable table, String id) throws IOException {
            int slot = table.add(id);
            if (!table.has(slot, REPORTED)) {
                table.set(slot, REPORTED);
                table.put(slot, REPORTED_BY, report);
            }
        }
    }

    private void answer(String key, byte[] value) throws IOException {
        findings.look(Id.CACHED_ANSWER_IS_COMPLETE);
        if (value != null && !interpreter.isAnswer(value)) {
            findings.violate(Id.CACHED_ANSWER_IS_COMPLETE, () -> key);
        }
    }

    /** Checks the rules that can be decided only after all stores were visited. */
    void finish() throws IOException {
        documents.forEach(this::finishDocument);
        findMissing(chunks, "the chunk ");
        findMissing(reports, "the community ");
        findMissing(nodes, "the node ");
    }

    private void finishDocument(int slot) throws IOException {
        long count = documents.get(slot, CHUNK_COUNT);
        if (!documents.has(slot, EXISTS) && count == 0) {
            return; // Only a status has this key.
        }
        if (!documents.has(slot, EXISTS)) {
            findings.violate(Id.CHUNK_HAS_DOCUMENT, count, () -> document(slot, count));
        } else if (count == 0) {
            findings.violate(Id.DOCUMENT_HAS_CHUNKS, () -> documents.name(slot));
        } else if (documents.get(slot, INDEX_SUM) != sumOfIndices(count)) {
            findings.violate(Id.CHUNKS_ARE_NUMBERED, () -> document(slot, count));
        }
    }

    private String document(int slot, long count) throws IOException {
        return documents.name(slot) + " (" + Sizes.count(count, "chunks") + ")";
    }

    private static long sumOfIndices(long count) {
        long sum = 0;
        for (long i = 0; i < count; i++) {
            sum += IdTable.mix(i);
        }
        return sum;
    }

    private void findMissing(IdTable table, String what) throws IOException {
        table.forEach(slot -> {
            if (table.has(slot, REPORTED) && !table.has(slot, EXISTS)) {
                findings.violate(
                        Id.REPORT_REFERENCES_EXIST,
                        () -> what + table.name(slot) + " (report " + names.get(table.get(slot, REPORTED_BY)) + ")");
            }
        });
    }

    /** Returns warnings about values that were not checked. */
    List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        if (tooLong > 0) {
            warnings.add(notChecked(tooLong, "longer than " + Sizes.of(MAX_LENGTH)));
        }
        composites.forEach((type, count) ->
                warnings.add(notChecked(count, "of the type " + SafeText.forMessage(type) + " instead of a text")));
        return warnings;
    }

    private static String notChecked(long count, String reason) {
        return count == 1
                ? "1 value was not checked, because it is " + reason + ". Its key was checked."
                : count + " values were not checked, because they are " + reason + ". Their keys were checked.";
    }
}
