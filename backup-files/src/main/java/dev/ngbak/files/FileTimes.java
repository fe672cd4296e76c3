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

/** Tells from their times, sizes and numbers whether files were written in between. */
final class FileTimes {

    /**
     * File times have the grain of the kernel's tick, 10 ms at the coarsest in use. A write within the same tick as the
     * one before it leaves the same time, so only times older than this tell the truth.
     */
    private static final Duration GRAIN = Duration.ofMillis(50);

    private static final int MOST_WAITS = 40;

    private FileTimes() {}

    static ChangeMarker marker(WorkingFolder folder, FileKind kind) throws IOException {
        for (int i = 0; i < MOST_WAITS; i++) {
            Reading reading;
            try {
                reading = read(folder, kind);
            } catch (NoSuchFileException e) {
                continue;
            }
            Duration age = Duration.between(reading.newest, Instant.now());
            if (age.compareTo(GRAIN.negated()) < 0) {
                return ChangeMarker.UNKNOWN;
            }
            if (age.compareTo(GRAIN) >= 0) {
                return new ChangeMarker(reading.text);
            }
            try {
                TimeUnit.NANOSECONDS.sleep(GRAIN.minus(age).toNanos());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return ChangeMarker.UNKNOWN;
            }
        }
        return ChangeMarker.UNKNOWN;
    }

    private record Reading(String text, Instant newest) {}

    private static Reading read(WorkingFolder folder, FileKind kind) throws IOException {
        StringJoiner text = new StringJoiner("\n");
        Instant newest = Instant.MIN;
        List<Path> watched = new ArrayList<>(folder.list(kind).files());
        // A file that came and went again shows only here.
        watched.add(folder.path());
        for (Path file : watched) {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            FileTime modified = attributes.lastModifiedTime();
            FileTime changed = changed(file, modified);
            newest = latest(newest, modified, changed);
            text.add(file.getFileName() + "/" + attributes.size() + " " + nanos(modified) + " " + nanos(changed) + " "
                    + attributes.fileKey());
        }
        return new Reading(text.toString(), newest);
    }

    /** The time of the last change of any sort, which no program can set; where the system has none, the other time. */
    private static FileTime changed(Path file, FileTime modified) throws IOException {
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
