package dev.ngbak.jobs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.archive.Manifest;
import dev.ngbak.engine.ArchiveInfo;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.RestorePlan;
import dev.ngbak.engine.StoreStatus;
import dev.ngbak.engine.Verification;
import dev.ngbak.spi.Role;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The engine's answers as JSON, in the forms of the HTTP API. */
public final class Json {

    /** One for all: it is thread-safe. */
    public static final ObjectMapper MAPPER = new ObjectMapper();

    private Json() {}

    /** One archive of the list. */
    public static ObjectNode listed(ArchiveInfo archive) {
        ObjectNode node = MAPPER.createObjectNode();
        node.put("backup_id", archive.id());
        node.put("created_at", archive.createdAt().toString());
        node.put("size_bytes", archive.size());
        if (archive.manifest() == null) {
            return node.put("status", "unreadable").put("error", archive.unreadable());
        }
        verified(node, archive.verification());
        Manifest manifest = archive.manifest();
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
        return node.put("note", manifest.note());
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

    /** The manifest's own members and the file's size. */
    public static ObjectNode inspected(ArchiveInfo archive) {
        ObjectNode node;
        try {
            node = (ObjectNode) MAPPER.readTree(archive.manifestText());
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
        if (!archive.createdAt().equals(archive.manifest().createdAt())) {
            node.put("created_at", archive.createdAt().toString()); // The manifest's own is no time that can be used.
        }
        node.put("size_bytes", archive.size());
        if (archive.idWarning() != null) {
            node.putArray("warnings").add(archive.idWarning());
        }
        return node;
    }

    /** What a restore would do. */
    public static ObjectNode plan(RestorePlan plan) {
        ObjectNode node = MAPPER.createObjectNode();
        node.put("backup_id", plan.archive().id());
        node.put("created_at", plan.archive().createdAt().toString());
        node.put("note", plan.archive().manifest().note());
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

    /** The stores as they are now, by role. */
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

    /**
     * How far a job is. What the stores count differs, so the whole is their sum only where they count the same; else it is
     * the number of stores that are through.
     */
    public static ObjectNode progress(Job job) {
        Map<Role, Job.StoreProgress> stores = job.progress();
        ObjectNode node = MAPPER.createObjectNode();
        node.put("phase", job.phase());
        Set<String> units = new HashSet<>();
        stores.values().forEach(store -> units.add(store.unit()));
        boolean known = stores.values().stream().allMatch(store -> store.total() >= 0);
        if (stores.isEmpty()) {
            node.put("current", 0).putNull("total").putNull("unit");
        } else if (units.size() == 1) {
            node.put(
                    "current",
                    stores.values().stream()
                            .mapToLong(Job.StoreProgress::current)
                            .sum());
            node.put(
                    "total",
                    known
                            ? (Long) stores.values().stream()
                                    .mapToLong(Job.StoreProgress::total)
                                    .sum()
                            : null);
            node.put("unit", units.iterator().next());
        } else {
            node.put(
                    "current",
                    stores.values().stream()
                            .filter(store -> store.total() >= 0 && store.current() >= store.total())
                            .count());
            node.put("total", stores.size()).put("unit", "stores");
        }
        ObjectNode members = node.putObject("stores");
        stores.forEach((role, store) -> members.putObject(role.id())
                .put("current", store.current())
                .put("total", store.total() < 0 ? null : (Long) store.total())
                .put("unit", store.unit()));
        return node;
    }

    public static void strings(ObjectNode node, String member, List<String> values) {
        node.set(member, MAPPER.valueToTree(values));
    }

    private static void numbers(ObjectNode node, Map<String, Long> numbers) {
        numbers.forEach(node::put);
    }
}
