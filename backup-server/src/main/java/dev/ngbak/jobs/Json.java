package dev.ngbak.jobs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.archive.Manifest;
import dev.ngbak.engine.RestorePlan;
import dev.ngbak.engine.StoreStatus;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.ArchiveRepository;
import dev.ngbak.repository.DataLoss;
import dev.ngbak.repository.DrillOutcome;
import dev.ngbak.repository.LocalRepository;
import dev.ngbak.repository.RetentionPlan;
import dev.ngbak.repository.Verification;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;

/** Converts results of the engine and jobs to the JSON of the HTTP API and of {@code --json}. */
public final class Json {

    /** Thread-safe. */
    public static final ObjectMapper MAPPER = new ObjectMapper();

    private Json() {}

    /** Returns an archive as an element of the list of a repository, with {@code local} if it is not in a remote one. */
    public static ObjectNode listed(ArchiveInfo archive, ArchiveRepository repository) {
        ObjectNode node = listed(archive);
        if (!repository.kind().equals(LocalRepository.KIND)
                && !archive.location().startsWith(repository.kind() + "://")) {
            node.put("local", true);
        }
        return node;
    }

    /** Returns an archive with the members of a list. */
    public static ObjectNode listed(ArchiveInfo archive) {
        ObjectNode node = MAPPER.createObjectNode();
        node.put("backup_id", archive.id());
        node.put("created_at", archive.createdAt().toString());
        node.put("size_bytes", archive.size());
        lockedUntil(node, archive);
        node.put("pinned", archive.marks().pinned());
        node.put("acknowledged", archive.marks().acknowledged());
        drill(node, archive.marks().drills());
        security(node, archive);
        if (archive.unreadable() != null) {
            return node.put("status", "unreadable").put("error", archive.unreadable());
        }
        verified(node, archive.verification());
        if (archive.manifest() == null) {
            return node; // It is encrypted, and nothing here knows its content.
        }
        Manifest manifest = archive.manifest();
        check(node, manifest.check());
        ObjectNode backends = node.putObject("storage_backends");
        manifest.stores().forEach((role, store) -> backends.put(role.id(), store.backend()));
        numbers(node.putObject("statistics"), manifest.statistics());
        node.put("checksum", manifest.checksum());
        ObjectNode consistency = node.putObject("consistency");
        consistency.put("grade", manifest.consistency().grade().text());
        ObjectNode stores = consistency.putObject("stores");
        manifest.consistency()
                .stores()
                .forEach((role, what) -> stores.put(role.id(), what.name().toLowerCase(Locale.ROOT)));
        node.put("duration_ms", manifest.durationMs());
        node.put("system", manifest.system().name());
        if (manifest.system().workspace() != null) {
            node.put("workspace", manifest.system().workspace());
        }
        return node.put("note", manifest.note());
    }

    /** Adds the newest drill. */
    private static void drill(ObjectNode node, List<DrillOutcome> drills) {
        if (drills.isEmpty()) {
            node.putNull("drill");
            return;
        }
        DrillOutcome newest = drills.get(0);
        node.putObject("drill").put("at", newest.at().toString()).put("passed", newest.passed());
    }

    private static void check(ObjectNode node, Manifest.Check check) {
        if (check == null) {
            node.putNull("check");
            return;
        }
        ObjectNode result =
                node.putObject("check").put("errors", check.errors()).put("warnings", check.warnings());
        numbers(result.putObject("rules"), check.rules());
    }

    private static void verified(ObjectNode node, Verification verification) {
        if (verification == null) {
            node.putNull("verified");
            return;
        }
        node.putObject("verified")
                .put("at", verification.at().toString())
                .put("ok", verification.ok())
                .put("problem", verification.problem());
    }

    /** Returns the members of the manifest, the size of the file, and the drills of the archive, the newest first. */
    public static ObjectNode inspected(ArchiveInfo archive) {
        ObjectNode node;
        try {
            node = (ObjectNode) MAPPER.readTree(archive.manifestText());
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
        if (!archive.createdAt().equals(archive.manifest().createdAt())) {
            node.put("created_at", archive.createdAt().toString()); // the manifest's time is invalid
        }
        node.put("size_bytes", archive.size());
        security(node, archive); // replaces the manifest's own member, which says nothing without the keys
        lockedUntil(node, archive);
        ArrayNode drills = node.putArray("drills");
        archive.marks()
                .drills()
                .forEach(drill -> drills.addObject()
                        .put("at", drill.at().toString())
                        .put("passed", drill.passed())
                        .put("evidence", drill.evidence()));
        archive.idWarning().ifPresent(warning -> node.putArray("warnings").add(warning));
        return node;
    }

    private static void security(ObjectNode node, ArchiveInfo archive) {
        node.put("encrypted", archive.encrypted());
        node.put(
                "signature",
                archive.signature() == null ? null : archive.signature().text());
    }

    private static void lockedUntil(ObjectNode node, ArchiveInfo archive) {
        if (archive.lockedUntil() != null) {
            node.put("locked_until", archive.lockedUntil().toString());
        }
    }

    /** Returns what retention does with each archive. */
    public static ObjectNode retention(RetentionPlan plan) {
        ObjectNode node = MAPPER.createObjectNode();
        node.put("policy", plan.policy().toString());
        node.put("deletions", plan.deletions().size());
        plan.loss()
                .ifPresentOrElse(loss -> dataLoss(node.putObject("data_loss"), loss), () -> node.putNull("data_loss"));
        ArrayNode archives = node.putArray("archives");
        for (RetentionPlan.Decision decision : plan.decisions()) {
            ObjectNode archive = archives.addObject()
                    .put("backup_id", decision.archive().id())
                    .put("created_at", decision.archive().createdAt().toString())
                    .put("size_bytes", decision.archive().size())
                    .put("keep", decision.kept());
            strings(archive, "reasons", decision.reasons());
        }
        return node;
    }

    private static void dataLoss(ObjectNode node, DataLoss loss) {
        node.put("before", loss.before().id()).put("now", loss.now().id());
        ObjectNode counts = node.putObject("counts");
        loss.counts()
                .forEach(count -> counts.putObject(count.name())
                        .put("before", count.before())
                        .put("now", count.now()));
    }

    /** Returns the plan of a restore. */
    public static ObjectNode plan(RestorePlan plan) {
        ObjectNode node = MAPPER.createObjectNode();
        node.put("backup_id", plan.archive().id());
        node.put("created_at", plan.archive().createdAt().toString());
        node.put("note", plan.archive().manifest().note());
        node.put("workspace", plan.workspace());
        ObjectNode targets = node.putObject("targets");
        plan.targets().forEach((role, target) -> {
            ObjectNode member = targets.putObject(role.id());
            member.put("backend", target.backend()).put("place", target.place());
            ObjectNode scope = member.putObject("scope");
            target.scope().forEach(scope::put);
        });
        numbers(node.putObject("archive"), plan.archived());
        numbers(node.putObject("live"), plan.live());
        numbers(node.putObject("changes"), plan.changes());
        node.put("compared", plan.contents().isEmpty() ? "counts" : "content");
        if (!plan.contents().isEmpty()) {
            ObjectNode contents = node.putObject("contents");
            plan.targets()
                    .keySet()
                    .forEach(role -> contents.put(
                            role.id(), plan.contents().get(role).name().toLowerCase(Locale.ROOT)));
        }
        strings(node, "problems", plan.problems());
        strings(node, "warnings", plan.warnings());
        return node;
    }

    /** Returns the current state of the stores, by role. */
    public static ObjectNode stack(List<StoreStatus> stores) {
        ObjectNode node = MAPPER.createObjectNode();
        for (StoreStatus store : stores) {
            ObjectNode member = node.putObject(store.role().id());
            member.put("backend", store.backend());
            member.put("product", store.product());
            member.put("version", store.version());
            member.put("reachable", store.reachable());
            member.put("why_not", store.reachable() ? null : store.problem());
            member.put("warning", store.reachable() ? store.problem() : null);
            member.put("remedy", store.remedy());
            numbers(member.putObject("counts"), store.counts());
            ObjectNode scope = member.putObject("scope");
            store.scope().forEach(scope::put);
        }
        return node;
    }

    /** Returns the place of the archives, and its free space if that is known. */
    public static ObjectNode repository(ArchiveRepository repository) {
        ObjectNode node = MAPPER.createObjectNode();
        node.put("kind", repository.kind());
        node.put("location", repository.displayName());
        try {
            OptionalLong free = repository.freeSpace();
            node.put("free_bytes", free.isPresent() ? (Long) free.getAsLong() : null);
        } catch (IOException e) {
            node.putNull("free_bytes");
        }
        return node;
    }

    /** Returns a job as the API answers it and as its file keeps it. */
    public static ObjectNode job(JobRecord job) {
        return JobJson.job(job);
    }

    /** Adds an array of texts. */
    public static void strings(ObjectNode node, String member, List<String> values) {
        node.set(member, MAPPER.valueToTree(values));
    }

    private static void numbers(ObjectNode node, Map<String, Long> numbers) {
        numbers.forEach(node::put);
    }
}
