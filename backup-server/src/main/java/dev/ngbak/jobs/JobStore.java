package dev.ngbak.jobs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.archive.PrivateFiles;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps job records as JSON files in the state directory, where all processes that use it see them. Each file is replaced
 * atomically. A damaged file is renamed, so that it is neither lost nor in the way.
 *
 * <p>A stopped job's thread is interrupted, and an interrupt closes {@code java.nio} channels. File contents are therefore
 * read and written with {@code java.io} streams, which ignore interrupts.
 */
final class JobStore {

    private static final Pattern ID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    private static final String SUFFIX = ".json";
    private static final String DAMAGED_SUFFIX = SUFFIX + ".damaged";
    private static final String TEMPORARY_SUFFIX = ".new";
    private static final long MAX_SIZE = 16L << 20;
    /** A temporary file that is older was left by a process that died. */
    private static final Duration MAX_TEMPORARY_AGE = Duration.ofSeconds(90);

    private static final Logger LOG = LoggerFactory.getLogger(JobStore.class);

    private final Path folder;
    private final Map<String, CachedFile> cache = new ConcurrentHashMap<>();

    /**
     * A record as last written.
     *
     * @param process the process that wrote it, or {@code null} if the file does not name one
     */
    record StoredJob(JobRecord job, ProcessIdentity process, Instant writtenAt) {}

    /** @param content empty if the file was damaged */
    private record CachedFile(Object stamp, Optional<StoredJob> content) {}

    /** @param stateDirectory if it does not exist, nothing is written */
    JobStore(Path stateDirectory) {
        this.folder = stateDirectory.resolve("jobs");
    }

    /** Returns all records that can be read, in no particular order. */
    List<StoredJob> list() throws IOException {
        List<StoredJob> jobs = new ArrayList<>();
        Set<String> seen = ConcurrentHashMap.newKeySet();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                String id = name.substring(0, name.length() - SUFFIX.length());
                seen.add(id);
                find(id).ifPresent(jobs::add);
            }
        } catch (NoSuchFileException e) {
            // There are no jobs yet.
        }
        cache.keySet().retainAll(seen);
        return jobs;
    }

    /** Returns the record of a job, or nothing if there is none or it cannot be read. */
    Optional<StoredJob> find(String id) {
        if (!ID.matcher(id).matches()) {
            return Optional.empty();
        }
        try {
            BasicFileAttributes attributes =
                    Files.readAttributes(file(id), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            Object stamp = List.of(attributes.lastModifiedTime(), attributes.size(), "" + attributes.fileKey());
            CachedFile cached = cache.get(id);
            if (cached == null || !cached.stamp().equals(stamp)) {
                cached = new CachedFile(stamp, read(id, attributes));
                cache.put(id, cached);
            }
            return cached.content();
        } catch (IOException e) {
            return Optional.empty(); // deleted since the folder was read, or not readable
        }
    }

    private Optional<StoredJob> read(String id, BasicFileAttributes attributes) throws IOException {
        if (attributes.isRegularFile() && attributes.size() <= MAX_SIZE) {
            try (InputStream in = new FileInputStream(file(id).toFile())) {
                JobJson.Parsed parsed = JobJson.parse(Json.MAPPER.readTree(in));
                if (parsed.job().id().equals(id)) {
                    Instant written = attributes.lastModifiedTime().toInstant();
                    return Optional.of(new StoredJob(parsed.job(), parsed.process(), written));
                }
            } catch (JsonProcessingException | IllegalArgumentException e) {
                LOG.debug("The record of job {} is malformed", id, e);
            }
        }
        setAside(id);
        return Optional.empty();
    }

    private void setAside(String id) {
        Path aside = folder.resolve(id + DAMAGED_SUFFIX);
        try {
            Files.move(file(id), aside, StandardCopyOption.ATOMIC_MOVE);
            LOG.warn("The record of job {} is damaged and was renamed to {}. The job is no longer listed.", id, aside);
        } catch (NoSuchFileException e) {
            LOG.debug("Another process has renamed the damaged record of job {}", id, e);
        } catch (IOException e) {
            LOG.warn("The record of job {} is damaged and could not be renamed: {}", id, e.toString());
        }
    }

    /** Replaces the record of a job and forces it to the disk. Does nothing if there is no state directory. */
    void write(JobRecord job, ProcessIdentity process) throws IOException {
        if (!Files.exists(folder.getParent())) {
            return;
        }
        ObjectNode json = Json.job(job);
        if (process != null) {
            json.set("process", JobJson.process(process));
        }
        PrivateFiles.createDirectories(folder);
        Path temporary = Files.createTempFile(folder, job.id(), TEMPORARY_SUFFIX);
        try {
            try (FileOutputStream out = new FileOutputStream(temporary.toFile())) {
                out.write(Json.MAPPER.writeValueAsBytes(json));
                out.getFD().sync();
            }
            Files.move(temporary, file(job.id()), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    void delete(String id) throws IOException {
        Files.deleteIfExists(file(id));
    }

    /** Deletes the temporary files of processes that died while they wrote a record. */
    void deleteOldTemporaryFiles() throws IOException {
        Instant oldest = Instant.now().minus(MAX_TEMPORARY_AGE);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + TEMPORARY_SUFFIX)) {
            for (Path file : files) {
                if (Files.getLastModifiedTime(file).toInstant().isBefore(oldest)) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (NoSuchFileException e) {
            LOG.debug("The folder of jobs does not exist, or another process has deleted a temporary file in it", e);
        }
    }

    private Path file(String id) {
        return folder.resolve(id + SUFFIX);
    }
}
