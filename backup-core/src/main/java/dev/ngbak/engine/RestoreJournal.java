package dev.ngbak.engine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.archive.PrivateFiles;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.zip.CRC32;

/**
 * What a restore is about to do, on the disk before it does it. One line for each step: the CRC-32 of the rest as eight hex
 * digits, a space, a JSON object. A last line that is torn was never acted on, and is no error. The file is there while a
 * restore is open; docs/FORMAT.md describes it.
 */
final class RestoreJournal implements Closeable {

    /** A step of a restore; each is on the disk before anything of it is done. */
    enum Step {
        BEGIN,
        REPLACING,
        PROVING,
        DONE,
        GOING_BACK,
        PUTTING_BACK,
        BACK;

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * What the first line says.
     *
     * @param archive the file to restore from
     * @param checksum of that archive's manifest
     * @param wayBack the archive of the state before, or {@code null} when there is none: then the way is forward
     * @param targets for each store to be replaced, the very thing that is replaced
     * @param countsOnly how to prove it
     */
    record Intent(
            Instant at,
            Path archive,
            String checksum,
            Path safetyArchivePath,
            Map<Role, String> targets,
            boolean countsOnly) {}

    /**
     * A journal that an earlier run left open.
     *
     * @param touched the stores that may have been changed
     * @param end {@code DONE} or {@code BACK} where nothing was left to do but to delete it, else {@code null}
     */
    record Open(Intent intent, Set<Role> modified, Step end) {

        /** Whether the stores may hold a mix of two states. */
        boolean isPartial() {
            return end == null && !modified.isEmpty();
        }
    }

    private static final String NAME = "restore.journal";
    private static final String DRAFT = NAME + ".new";
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Path file;
    private final FileChannel channel;
    private final Consumer<String> watcher;
    private boolean ended;

    private RestoreJournal(Path file, FileChannel channel, Consumer<String> watcher) {
        this.file = file;
        this.channel = channel;
        this.watcher = watcher;
    }

    /** Opens a new journal in the work folder; one that is there is superseded in the same instant. */
    static RestoreJournal begin(Path work, Intent intent, Consumer<String> watcher) throws IOException {
        Path file = work.resolve(NAME);
        Path draft = work.resolve(DRAFT);
        Files.deleteIfExists(draft);
        watcher.accept("before begin");
        ObjectNode begin = MAPPER.createObjectNode();
        begin.put("step", Step.BEGIN.text());
        begin.put("at", intent.at().toString());
        begin.put("archive", intent.archive().toString());
        begin.put("checksum", intent.checksum());
        begin.put(
                "way_back",
                intent.safetyArchivePath() == null
                        ? null
                        : intent.safetyArchivePath().toString());
        begin.put("counts_only", intent.countsOnly());
        ObjectNode targets = begin.putObject("targets");
        intent.targets().forEach((role, target) -> targets.put(role.id(), target));
        FileChannel channel = PrivateFiles.open(draft, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try {
            write(channel, begin);
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            force(work);
        } catch (IOException | RuntimeException e) {
            channel.close();
            Files.deleteIfExists(draft);
            throw e;
        }
        watcher.accept("after begin");
        return new RestoreJournal(file, channel, watcher);
    }

    /** Goes on with a journal that was left open. */
    static RestoreJournal resume(Path work, Consumer<String> watcher) throws IOException {
        Path file = work.resolve(NAME);
        List<String> lines = wholeLines(file);
        FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        // A torn line is cut off, so that what is appended stands on a line of its own.
        channel.truncate(lines.stream()
                .mapToLong(line -> line.getBytes(StandardCharsets.UTF_8).length + 1)
                .sum());
        channel.position(channel.size());
        return new RestoreJournal(file, channel, watcher);
    }

    /**
     * @return what was left open, or {@code null} where nothing was
     * @throws BackupException {@code CORRUPT} for a journal that no run of ours can have left
     */
    static Open read(Path work) throws IOException {
        Path file = work.resolve(NAME);
        List<String> lines;
        try {
            lines = wholeLines(file);
        } catch (NoSuchFileException e) {
            return null;
        }
        Intent intent = null;
        Set<Role> modified = EnumSet.noneOf(Role.class);
        Step end = null;
        try {
            for (String line : lines) {
                JsonNode record = MAPPER.readTree(line.substring(9));
                String step = record.path("step").asText();
                if (intent == null) {
                    intent = intent(record);
                } else if (step.equals(Step.REPLACING.text())) {
                    modified.add(role(record.path("store").asText()));
                } else if (step.equals(Step.DONE.text())) {
                    end = Step.DONE;
                } else if (step.equals(Step.GOING_BACK.text())) {
                    end = null; // what was done was not meant to stay
                } else if (step.equals(Step.BACK.text())) {
                    end = Step.BACK;
                }
            }
        } catch (JsonProcessingException | RuntimeException e) {
            throw damaged(file, e);
        }
        if (intent == null) {
            throw damaged(file, null);
        }
        return new Open(intent, modified, end);
    }

    private static Intent intent(JsonNode record) {
        Map<Role, String> targets = new EnumMap<>(Role.class);
        record.required("targets")
                .properties()
                .forEach(target ->
                        targets.put(role(target.getKey()), target.getValue().asText()));
        JsonNode safetyArchivePath = record.required("way_back");
        return new Intent(
                Instant.parse(record.required("at").asText()).truncatedTo(ChronoUnit.SECONDS), // for people
                Path.of(record.required("archive").asText()),
                record.required("checksum").asText(),
                safetyArchivePath.isNull() ? null : Path.of(safetyArchivePath.asText()),
                targets,
                record.required("counts_only").asBoolean());
    }

    private static Role role(String member) {
        for (Role role : Role.values()) {
            if (role.id().equals(member)) {
                return role;
            }
        }
        throw new IllegalArgumentException("no store is called " + member);
    }

    /** The lines whose CRC is right. Only the last one may be torn. */
    private static List<String> wholeLines(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        String text = new String(bytes, StandardCharsets.UTF_8);
        int end = text.lastIndexOf('\n');
        List<String> lines = text.substring(0, end + 1).lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            if (!isWhole(lines.get(i))) {
                if (i == lines.size() - 1 && end == text.length() - 1) {
                    return lines.subList(0, i);
                }
                throw damaged(file, null);
            }
        }
        return lines;
    }

    private static boolean isWhole(String line) {
        return line.length() > 9 && line.substring(0, 8).equals(crc(line.substring(9))) && line.charAt(8) == ' ';
    }

    private static String crc(String json) {
        CRC32 crc = new CRC32();
        crc.update(json.getBytes(StandardCharsets.UTF_8));
        return String.format(Locale.ROOT, "%08x", crc.getValue());
    }

    private static BackupException damaged(Path file, Exception cause) {
        return new BackupException(
                Kind.CORRUPT,
                "The journal of an interrupted restore, " + file + ", is damaged, so it is unknown what that restore"
                        + " changed",
                "Check the disk. Move the journal away, then restore the newest pre-restore_ archive or another one",
                cause);
    }

    /**
     * Notes a step of the way back. What is to be done is the same without the note, so a disk that is full is no reason
     * not to do it.
     */
    void note(Step step, Role store) {
        try {
            if (store == null) {
                step(step);
            } else {
                step(step, store);
            }
        } catch (IOException e) {
            // the next start goes back from the beginning then, which is the same way
        }
    }

    void step(Step step) throws IOException {
        append(MAPPER.createObjectNode().put("step", step.text()), step.text());
        ended = step == Step.DONE || step == Step.BACK;
    }

    void step(Step step, Role store) throws IOException {
        append(
                MAPPER.createObjectNode().put("step", step.text()).put("store", store.id()),
                step.text() + " " + store.id());
    }

    private void append(ObjectNode record, String name) throws IOException {
        watcher.accept("before " + name);
        record.put("at", Instant.now().truncatedTo(ChronoUnit.MILLIS).toString());
        write(channel, record);
        watcher.accept("after " + name);
    }

    private static void write(FileChannel channel, ObjectNode record) throws IOException {
        String json = MAPPER.writeValueAsString(record);
        ByteBuffer line = StandardCharsets.UTF_8.encode(crc(json) + " " + json + "\n");
        long begin = channel.position();
        try {
            while (line.hasRemaining()) {
                channel.write(line);
            }
            channel.force(true);
        } catch (IOException e) {
            channel.truncate(begin);
            throw e;
        }
    }

    /** The restore is settled, either way: nothing of it is left to do. */
    void settled() throws IOException {
        try {
            close();
            delete(file.getParent());
        } catch (IOException e) {
            if (!ended) {
                throw e;
            }
            // its last line says that all is done, so the next run deletes it
        }
    }

    static void delete(Path work) throws IOException {
        Files.deleteIfExists(work.resolve(NAME));
        force(work);
    }

    /** Deletes what a run that was cut off while it began a journal left. */
    static void deleteDraft(Path work) throws IOException {
        Files.deleteIfExists(work.resolve(DRAFT));
    }

    private static void force(Path folder) throws IOException {
        try (FileChannel parent = FileChannel.open(folder)) {
            parent.force(true);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
