package dev.ngbak.jobs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of jobs, each replaced as a whole. One that no version of ngbak wrote, or that the disk has damaged, is set
 * aside under another name, so that it is neither lost nor in the way.
 *
 * <p>The threads of jobs are interrupted when they are stopped, and an interrupt closes the channels of {@code
 * java.nio}; so files are read and written by the streams of {@code java.io}, which it leaves alone.
 */
final class JobStore {

    static final String SUFFIX = ".json";
    private static final String CORRUPT = SUFFIX + ".damaged";
    private static final long LARGEST = 16L << 20;
    private static final Set<String> STATUSES = Set.of("pending", "processing", "completed", "failed", "cancelled");

    private static final Instant EARLIEST = Instant.parse("0000-01-01T00:00:00Z");
    private static final Instant TOO_LATE = Instant.parse("+10000-01-01T00:00:00Z");

    private static final Logger LOG = LoggerFactory.getLogger(JobStore.class);

    private final Path folder;

    JobStore(Path folder) {
        this.folder = folder;
    }

    Path file(String id) {
        return folder.resolve(id + SUFFIX);
    }

    /** Returns the attributes of a record's file, or of the link that stands in its place. */
    BasicFileAttributes attributes(String id) throws IOException {
        return Files.readAttributes(file(id), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Reads a record.
     *
     * @return the job, or {@code null} where the record was damaged and is set aside
     * @throws IOException where the record is gone, or the disk cannot be read
     */
    ObjectNode read(String id, BasicFileAttributes attributes) throws IOException {
        ObjectNode job = null;
        if (attributes.isRegularFile() && attributes.size() <= LARGEST) {
            try (InputStream in = new FileInputStream(file(id).toFile())) {
                JsonNode node = Json.MAPPER.readTree(in);
                job = isJob(node, id) ? (ObjectNode) node : null;
            } catch (JsonProcessingException e) {
                LOG.debug("The record of job {} is not JSON", id, e);
            }
        }
        if (job == null) {
            setAside(id);
        }
        return job;
    }

    private void setAside(String id) {
        Path aside = folder.resolve(id + CORRUPT);
        try {
            Files.move(file(id), aside, StandardCopyOption.ATOMIC_MOVE);
            LOG.warn("The record of job {} was damaged; it is now {}. The job is no longer shown.", id, aside);
        } catch (NoSuchFileException e) {
            // Another process was faster.
        } catch (IOException e) {
            LOG.warn("The record of job {} is damaged, and could not be renamed: {}", id, e.toString());
        }
    }

    private static boolean isJob(JsonNode node, String id) {
        JsonNode process = node.path("process");
        return node.isObject()
                && node.path("job_id").asText().equals(id)
                && node.path("type").isTextual()
                && STATUSES.contains(node.path("status").asText())
                && isTime(node.path("created_at"))
                && isTimeOrNull(node.path("started_at"))
                && isTimeOrNull(node.path("completed_at"))
                && node.path("progress").isObject()
                && node.path("metadata").isObject()
                && node.path("log").isArray()
                && (isAbsent(process) || (process.isObject() && isTime(process.path("started"))));
    }

    private static boolean isAbsent(JsonNode node) {
        return node.isMissingNode() || node.isNull();
    }

    private static boolean isTimeOrNull(JsonNode node) {
        return isAbsent(node) || isTime(node);
    }

    /** Browsers cannot read years of more than four digits in this form. */
    private static boolean isTime(JsonNode node) {
        try {
            Instant time = Instant.parse(node.asText());
            return node.isTextual() && !time.isBefore(EARLIEST) && time.isBefore(TOO_LATE);
        } catch (DateTimeException e) {
            return false;
        }
    }

    /** Replaces a record; it is on the disk when this returns. */
    void write(String id, ObjectNode job) throws IOException {
        if (!Files.exists(folder.getParent())) {
            return; // This is no archive folder yet, and looking at an archive does not make it one.
        }
        Files.createDirectories(folder);
        Path written = Files.createTempFile(folder, id, ".new");
        try {
            try (FileOutputStream out = new FileOutputStream(written.toFile())) {
                out.write(Json.MAPPER.writeValueAsBytes(job));
                out.getFD().sync();
            }
            Files.move(written, file(id), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(written);
        }
    }
}
