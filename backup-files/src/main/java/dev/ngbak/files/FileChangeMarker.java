package dev.ngbak.files;

import dev.ngbak.spi.ChangeMarker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import java.util.concurrent.TimeUnit;

/** Derives a change marker from the times, sizes and inode numbers of files. */
final class FileChangeMarker {

    /**
     * The resolution of file times is that of the kernel's tick, at worst 10 ms. A second write within a tick leaves the same
     * time, so only times older than this are reliable.
     */
    private static final Duration TIMESTAMP_RESOLUTION = Duration.ofMillis(50);

    private static final int MAX_ATTEMPTS = 40;
    /** A restore onto a new machine begins without a directory. */
    private static final ChangeMarker MISSING = new ChangeMarker("no directory");

    private FileChangeMarker() {}

    /** Returns the marker of a directory. Waits until the newest file is old enough, but not forever. */
    static ChangeMarker of(WorkingDirectory directory) throws IOException {
        if (!directory.exists()) {
            return MISSING;
        }
        for (int i = 0; i < MAX_ATTEMPTS; i++) {
            Reading reading;
            try {
                reading = read(directory);
            } catch (NoSuchFileException e) {
                continue;
            }
            Duration age = Duration.between(reading.newest, Instant.now());
            if (age.compareTo(TIMESTAMP_RESOLUTION.negated()) < 0) {
                return ChangeMarker.UNKNOWN;
            }
            if (age.compareTo(TIMESTAMP_RESOLUTION) >= 0) {
                return new ChangeMarker(reading.text);
            }
            try {
                TimeUnit.NANOSECONDS.sleep(TIMESTAMP_RESOLUTION.minus(age).toNanos());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return ChangeMarker.UNKNOWN;
            }
        }
        return ChangeMarker.UNKNOWN;
    }

    private record Reading(String text, Instant newest) {}

    private static Reading read(WorkingDirectory directory) throws IOException {
        StringJoiner text = new StringJoiner("\n");
        Instant newest = Instant.MIN;
        List<Path> watched = new ArrayList<>(directory.list().files());
        // When a file is created and deleted again, only the directory shows a change.
        watched.add(directory.path());
        for (Path file : watched) {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            FileTime modified = attributes.lastModifiedTime();
            FileTime changed = changeTime(file, modified);
            newest = latest(newest, modified, changed);
            text.add(file.getFileName() + "/" + attributes.size() + " " + nanos(modified) + " " + nanos(changed) + " "
                    + attributes.fileKey());
        }
        return new Reading(text.toString(), newest);
    }

    /**
     * Returns the time of the last change of content or attributes, which no program can set, or {@code modified} if
     * the system has no such time.
     */
    private static FileTime changeTime(Path file, FileTime modified) throws IOException {
        if (!file.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            return modified;
        }
        return (FileTime) Files.getAttribute(file, "unix:ctime", new LinkOption[0]);
    }

    private static Instant latest(Instant newest, FileTime... times) {
        Instant latest = newest;
        for (FileTime time : times) {
            latest = time.toInstant().isAfter(latest) ? time.toInstant() : latest;
        }
        return latest;
    }

    private static String nanos(FileTime time) {
        Instant instant = time.toInstant();
        return instant.getEpochSecond() + "." + instant.getNano();
    }
}
