package dev.ngbak.jobs;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.engine.Job;
import dev.ngbak.jobs.JobRecord.Outcome;
import dev.ngbak.jobs.JobRecord.Status;
import dev.ngbak.spi.Role;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Converts job records to and from JSON. Files and API use the same form; only files name the process. */
final class JobJson {

    /** Browsers cannot parse years of more than four digits in this form. */
    private static final Instant MIN_TIME = Instant.parse("0000-01-01T00:00:00Z");

    private static final Instant END_OF_TIME = Instant.parse("+10000-01-01T00:00:00Z");
    private static final TypeReference<Map<String, Object>> MAP = new TypeReference<>() {};

    private JobJson() {}

    /** @param process {@code null} if the file names none */
    record Parsed(JobRecord job, ProcessIdentity process) {}

    static ObjectNode job(JobRecord job) {
        ObjectNode node = Json.MAPPER.createObjectNode();
        node.put("job_id", job.id());
        node.put("type", job.type());
        node.put("status", text(job.status()));
        if (job.outcome() != null) {
            node.put("outcome", text(job.outcome()));
        }
        node.put("created_at", job.createdAt().toString());
        node.put("started_at", text(job.startedAt()));
        node.put("completed_at", text(job.completedAt()));
        node.set("progress", progress(job.progress()));
        node.put("error", job.error());
        node.put("remedy", job.remedy());
        node.set("metadata", Json.MAPPER.valueToTree(job.metadata()));
        ArrayNode log = node.putArray("log");
        for (Job.Line line : job.log()) {
            log.addObject()
                    .put("at", line.at().toString())
                    .put("level", text(line.level()))
                    .put("message", line.message());
        }
        return node;
    }

    static ObjectNode progress(JobProgress progress) {
        ObjectNode node = Json.MAPPER.createObjectNode();
        JobProgress.Total total = progress.total();
        node.put("phase", progress.phase());
        node.put("current", total.current());
        node.put("total", total.total());
        node.put("unit", total.unit());
        ObjectNode stores = node.putObject("stores");
        progress.stores()
                .forEach((role, store) -> stores.putObject(role.id())
                        .put("current", store.current())
                        .put("total", store.total() < 0 ? null : (Long) store.total())
                        .put("unit", store.unit()));
        return node;
    }

    static ObjectNode process(ProcessIdentity process) {
        return Json.MAPPER
                .createObjectNode()
                .put("host", process.host())
                .put("pid", process.pid())
                .put("started", process.started().toString());
    }

    private static String text(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static String text(Instant time) {
        return time == null ? null : time.toString();
    }

    /** @throws IllegalArgumentException for a file that no version of ngbak wrote */
    static Parsed parse(JsonNode node) {
        require(node.isObject(), "object");
        JsonNode metadata = node.path("metadata");
        require(metadata.isObject(), "metadata");
        JobRecord job = new JobRecord(
                string(node, "job_id"),
                string(node, "type"),
                value(Status.class, node, "status"),
                isAbsent(node.path("outcome")) ? null : value(Outcome.class, node, "outcome"),
                time(node, "created_at"),
                timeOrNull(node, "started_at"),
                timeOrNull(node, "completed_at"),
                parseProgress(node.path("progress")),
                stringOrNull(node, "error"),
                stringOrNull(node, "remedy"),
                Json.MAPPER.convertValue(metadata, MAP),
                parseLog(node.path("log")));
        JsonNode process = node.path("process");
        return new Parsed(job, isAbsent(process) ? null : parseProcess(process));
    }

    private static JobProgress parseProgress(JsonNode node) {
        require(node.isObject(), "progress");
        Map<Role, Job.StoreProgress> stores = new EnumMap<>(Role.class);
        for (Role role : Role.values()) {
            JsonNode store = node.path("stores").path(role.id());
            if (store.isObject()) {
                stores.put(
                        role,
                        new Job.StoreProgress(
                                store.path("current").asLong(),
                                store.path("total").asLong(-1),
                                store.path("unit").asText()));
            }
        }
        return new JobProgress(node.path("phase").asText(), stores);
    }

    private static List<Job.Line> parseLog(JsonNode node) {
        require(node.isArray(), "log");
        List<Job.Line> log = new ArrayList<>();
        for (JsonNode line : node) {
            log.add(new Job.Line(time(line, "at"), value(Job.Level.class, line, "level"), string(line, "message")));
        }
        return log;
    }

    private static ProcessIdentity parseProcess(JsonNode node) {
        require(node.isObject(), "process");
        return new ProcessIdentity(node.path("host").asText(), node.path("pid").asLong(), time(node, "started"));
    }

    private static Instant timeOrNull(JsonNode node, String member) {
        return isAbsent(node.path(member)) ? null : time(node, member);
    }

    private static Instant time(JsonNode node, String member) {
        try {
            Instant time = Instant.parse(string(node, member));
            require(!time.isBefore(MIN_TIME) && time.isBefore(END_OF_TIME), member);
            return time;
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(member, e);
        }
    }

    private static <E extends Enum<E>> E value(Class<E> type, JsonNode node, String member) {
        return Enum.valueOf(type, string(node, member).toUpperCase(Locale.ROOT));
    }

    private static String stringOrNull(JsonNode node, String member) {
        return isAbsent(node.path(member)) ? null : string(node, member);
    }

    private static String string(JsonNode node, String member) {
        require(node.path(member).isTextual(), member);
        return node.path(member).asText();
    }

    private static boolean isAbsent(JsonNode node) {
        return node.isMissingNode() || node.isNull();
    }

    private static void require(boolean condition, String member) {
        if (!condition) {
            throw new IllegalArgumentException(member);
        }
    }
}
