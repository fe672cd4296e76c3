package dev.ngbak.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.DrillOutcome;
import dev.ngbak.repository.LockOwner;
import dev.ngbak.repository.Sidecars;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Collects what a drill did and found, and keeps it beside the archive as JSON and Markdown. Contains no secret and no content
 * of the archive. docs/DRILL.md describes the members.
 */
final class DrillEvidence {

    private static final String FORMAT = "ngbak-drill/1";
    private static final int KEPT = 10;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final EngineContext context;
    private final ObjectNode json = MAPPER.createObjectNode();
    private final ObjectNode archive;
    private final ObjectNode stores;
    private Instant ended = Instant.EPOCH;
    private long size;

    DrillEvidence(EngineContext context, String name) {
        this.context = context;
        json.put("format", FORMAT).put("drill", name).putNull("result").putNull("problem");
        json.put("started_at", now().toString()).putNull("ended_at");
        json.put("host", LockOwner.host()).put("ngbak", Version.text());
        this.archive = json.putObject("archive");
        json.putNull("system").putNull("workspace");
        this.stores = json.putObject("stores");
        json.putNull("sample_answers").put("removed", false);
    }

    private Instant now() {
        return context.clock().instant().truncatedTo(ChronoUnit.SECONDS);
    }

    void begin(ReadableArchive readable) throws IOException {
        size = readable.size();
        String name = readable.name();
        archive.put(
                "backup_id",
                BackupId.isArchiveName(name) ? BackupId.ofFileName(name).text() : name);
        archive.put("size_bytes", size)
                .putNull("created_at")
                .putNull("created_by")
                .putNull("checksum");
    }

    /** Adds what the manifest of the verified archive says. */
    void verified(ArchiveInfo info) {
        archive.put("created_at", info.createdAt().toString())
                .put("created_by", info.manifest().createdBy())
                .put("checksum", info.manifest().checksum());
        json.put("system", info.manifest().system().name())
                .put("workspace", info.manifest().system().workspace());
        info.manifest()
                .stores()
                .forEach((role, store) -> stores.putObject(role.id())
                        .put("backend", store.backend())
                        .put("product", store.info().product())
                        .put("version", store.info().version())
                        .put(
                                "records",
                                store.summary().records() < 0
                                        ? null
                                        : store.summary().records())
                        .put("content_digest", store.summary().contentDigest()));
    }

    /**
     * Adds the store that the archive is restored into.
     *
     * @param ownScope whether its scope has the name of the drill, or is on a server that the settings name for drills
     */
    void target(Role role, StoreInfo scratch, String target, boolean ownScope) {
        stores.withObject("/" + role.id())
                .put("scratch", target)
                .put("scratch_scope", ownScope ? "drill" : "configured")
                .put("scratch_product", scratch.product())
                .put("scratch_version", scratch.version());
    }

    /**
     * Adds how a restored store compares with what was written to it.
     *
     * @param expected of the archive under the name of the drill, in which digests differ from those of the original if
     *     records contain the name
     * @param found in the scratch store, or {@code null} if it was not read to its end
     * @param proof {@code null} if the two differ
     */
    void proof(Role role, StoreSummary expected, @Nullable StoreSummary found, @Nullable String proof) {
        stores.withObject("/" + role.id())
                .put("expected_digest", expected.contentDigest())
                .put("found_digest", found == null ? null : found.contentDigest())
                .put("found_records", found == null || found.records() < 0 ? null : found.records())
                .put("proof", proof);
    }

    void sample(int answers) {
        json.put("sample_answers", answers);
    }

    void removed() {
        json.put("removed", true);
    }

    /** Ends the drill. The problem is {@code null} if it passed. */
    void end(@Nullable String problem) {
        ended = now();
        json.put("ended_at", ended.toString())
                .put("result", problem == null ? "passed" : "failed")
                .put("problem", problem);
    }

    /** Writes the evidence beside the archive, and deletes all but the newest of that archive. */
    DrillOutcome keep(BackupId id) throws IOException {
        DrillOutcome outcome = new DrillOutcome(ended, json.path("problem").isNull(), size);
        Sidecars sidecars = context.repository().sidecars();
        // A list counts the JSON file, so it comes last.
        sidecars.write(
                id, outcome.evidence() + DrillOutcome.MARKDOWN, markdown().getBytes(StandardCharsets.UTF_8));
        sidecars.write(
                id,
                outcome.evidence() + DrillOutcome.JSON,
                (json.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8));
        Set<String> names = sidecars.all().getOrDefault(id, Set.of());
        List<String> drills = names.stream()
                .filter(name -> name.startsWith("drill-"))
                .map(name -> name.replaceFirst("\\.[a-z]+$", ""))
                .distinct()
                .sorted(Comparator.reverseOrder())
                .toList();
        for (String old : drills.subList(Math.min(KEPT, drills.size()), drills.size())) {
            sidecars.delete(id, old + DrillOutcome.JSON);
            sidecars.delete(id, old + DrillOutcome.MARKDOWN);
        }
        return outcome;
    }

    /** Returns the evidence for people. */
    String markdown() {
        StringBuilder text = new StringBuilder("# Restore drill of " + cell(archive.path("backup_id")) + ": "
                + json.path("result").asText() + "\n\n| | |\n|---|---|\n");
        if (!json.path("problem").isNull()) {
            row(text, "Problem", json.path("problem"));
        }
        row(text, "Started", json.path("started_at"));
        row(text, "Ended", json.path("ended_at"));
        row(text, "Archive made", archive.path("created_at"));
        row(text, "Archive checksum", archive.path("checksum"));
        row(text, "Archive size in bytes", archive.path("size_bytes"));
        row(text, "System", json.path("system"));
        row(text, "Workspace", json.path("workspace"));
        row(text, "Host", json.path("host"));
        row(text, "Drill", json.path("drill"));
        row(text, "ngbak", json.path("ngbak"));
        row(text, "Answers to the sample query", json.path("sample_answers"));
        row(text, "Everything was removed", json.path("removed"));
        stores.fields().forEachRemaining(store -> {
            text.append("\n## ").append(store.getKey()).append("\n\n| | |\n|---|---|\n");
            store.getValue()
                    .fields()
                    .forEachRemaining(member -> row(text, member.getKey().replace('_', ' '), member.getValue()));
        });
        return text.toString();
    }

    private static void row(StringBuilder text, String name, JsonNode value) {
        text.append("| ").append(name).append(" | ").append(cell(value)).append(" |\n");
    }

    /** Returns a value that is neither Markdown nor HTML, on one line. */
    private static String cell(JsonNode value) {
        return value.isNull() || value.isMissingNode()
                ? "–"
                : SafeText.forMessage(value.asText(), 1000).replaceAll("([\\\\`*\\[\\]<>|#~&!$])", "\\\\$1");
    }
}
