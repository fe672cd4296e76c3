package dev.ngbak.engine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.archive.PrivateFiles;
import dev.ngbak.repository.StateDirectory;
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
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * The log of a restore. Each step is forced to the disk before it begins. The file exists while a restore is
 * unfinished. docs/FORMAT.md describes it: a line is the CRC-32 of the rest as eight hexadecimal digits, a space, and a
 * JSON object. An incomplete last line is ignored, because its step never began.
 */
final class RestoreJournal implements Closeable {

    /** A step of a restore. */
    enum Step {
        BEGIN("begin"),
        REPLACING("replacing"),
        PROVING("proving"),
        DONE("done"),
        ROLLBACK_STARTED("going_back"),
        ROLLING_BACK("putting_back"),
        ROLLED_BACK("back");

        private final String text;

        Step(String text) {
            this.text = text;
        }

        /** Returns the name in the file, which version 0.1 uses too. */
        String text() {
            return text;
        }
    }

    private static final String NAME = "restore.journal";
    private static final String DRAFT = NAME + ".new";
    private static final int CRC_LENGTH = 8;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Path file;
    private final FileChannel channel;
    private final Consumer<String> listener;
    private boolean ended;

    private RestoreJournal(Path file, FileChannel channel, Consumer<String> listener) {
        this.file = file;
        this.channel = channel;
        this.listener = listener;
    }

    /**
     * Starts a journal in the state directory. It atomically replaces an existing journal.
     *
     * @param listener called before and after each step, for tests: {@code before replacing graph}
     */
    static RestoreJournal begin(StateDirectory state, RestorePlanRecord plan, Consumer<String> listener)
            throws IOException {
        Path file = state.resolve(NAME);
        Path draft = state.resolve(DRAFT);
        Files.deleteIfExists(draft);
        listener.accept("before begin");
        ObjectNode begin = MAPPER.createObjectNode();
        begin.put("step", Step.BEGIN.text());
        begin.put("at", plan.at().toString());
        begin.put("archive", plan.archive());
        begin.put("checksum", plan.checksum());
        begin.put("way_back", plan.safetyArchive().orElse(null));
        begin.put("counts_only", plan.countsOnly());
        plan.workspace().ifPresent(workspace -> begin.put("workspace", workspace));
        ObjectNode targets = begin.putObject("targets");
        plan.targets().forEach((role, target) -> targets.put(role.id(), target));
        FileChannel channel = PrivateFiles.open(draft, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try {
            write(channel, begin);
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            force(state.path());
        } catch (IOException | RuntimeException e) {
            channel.close();
            Files.deleteIfExists(draft);
            throw e;
        }
        listener.accept("after begin");
        return new RestoreJournal(file, channel, listener);
    }

    /** Continues a journal that an earlier process left. */
    static RestoreJournal resume(StateDirectory state, Consumer<String> listener) throws IOException {
        Path file = state.resolve(NAME);
        List<String> lines = wholeLines(file);
        FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        // Removes an incomplete line, so that the next step starts on a line of its own.
        channel.truncate(lines.stream()
                .mapToLong(line -> line.getBytes(StandardCharsets.UTF_8).length + 1)
                .sum());
        channel.position(channel.size());
        return new RestoreJournal(file, channel, listener);
    }

    /**
     * Reads the journal that an earlier process left, if any.
     *
     * @throws BackupException {@code CORRUPT} for a journal that ngbak cannot have written
     */
    static Optional<PendingRestore> read(StateDirectory state) throws IOException {
        Path file = state.resolve(NAME);
        List<String> lines;
        try {
            lines = wholeLines(file);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        if (lines.isEmpty()) {
            throw damaged(file, null);
        }
        Set<Role> modified = EnumSet.noneOf(Role.class);
        Set<Role> interrupted = EnumSet.noneOf(Role.class);
        Optional<Role> inProgress = Optional.empty();
        Optional<Step> end = Optional.empty();
        try {
            RestorePlanRecord plan = plan(MAPPER.readTree(json(lines.get(0))));
            for (String line : lines.subList(1, lines.size())) {
                JsonNode record = MAPPER.readTree(json(line));
                String step = record.path("step").asText();
                if (step.equals(Step.REPLACING.text()) || step.equals(Step.ROLLING_BACK.text())) {
                    Role role = role(record.path("store").asText());
                    modified.add(role);
                    inProgress = Optional.of(role);
                } else if (step.equals(Step.ROLLBACK_STARTED.text())) {
                    inProgress.ifPresent(interrupted::add);
                    inProgress = Optional.empty();
                    end = Optional.empty(); // A finished restore is being undone.
                } else if (step.equals(Step.DONE.text())) {
                    end = Optional.of(Step.DONE);
                } else if (step.equals(Step.ROLLED_BACK.text())) {
                    end = Optional.of(Step.ROLLED_BACK);
                }
            }
            inProgress.ifPresent(interrupted::add);
            return Optional.of(new PendingRestore(plan, modified, interrupted, end));
        } catch (JsonProcessingException | RuntimeException e) {
            throw damaged(file, e);
        }
    }

    private static RestorePlanRecord plan(JsonNode record) {
        Map<Role, String> targets = new EnumMap<>(Role.class);
        record.required("targets")
                .properties()
                .forEach(target ->
                        targets.put(role(target.getKey()), target.getValue().asText()));
        JsonNode safetyArchive = record.required("way_back");
        return new RestorePlanRecord(
                Instant.parse(record.required("at").asText()).truncatedTo(ChronoUnit.SECONDS),
                record.required("archive").asText(),
                record.required("checksum").asText(),
                safetyArchive.isNull() ? Optional.empty() : Optional.of(safetyArchive.asText()),
                targets,
                record.required("counts_only").asBoolean(),
                Optional.ofNullable(record.path("workspace").textValue()));
    }

    private static Role role(String id) {
        return Stream.of(Role.values())
                .filter(role -> role.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private static String json(String line) {
        return line.substring(CRC_LENGTH + 1);
    }

    /** Returns all lines with a correct CRC. Only the last line may have a wrong one. */
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
        return line.length() > CRC_LENGTH + 1 && line.startsWith(crc(json(line)) + " ");
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

    /** Logs a step of the whole restore. */
    void step(Step step) throws IOException {
        append(MAPPER.createObjectNode().put("step", step.text()), step.text());
        ended = step == Step.DONE || step == Step.ROLLED_BACK;
    }

    /** Logs a step of one store. */
    void step(Step step, Role store) throws IOException {
        append(
                MAPPER.createObjectNode().put("step", step.text()).put("store", store.id()),
                step.text() + " " + store.id());
    }

    private void append(ObjectNode record, String name) throws IOException {
        listener.accept("before " + name);
        record.put("at", Instant.now().truncatedTo(ChronoUnit.MILLIS).toString());
        write(channel, record);
        listener.accept("after " + name);
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

    /** Closes and deletes the journal, because the restore is finished or rolled back. */
    void delete() throws IOException {
        try {
            close();
            delete(file);
        } catch (IOException e) {
            if (!ended) {
                throw e;
            }
            // The last line shows that nothing is left to do, so the next run deletes the file.
        }
    }

    static void delete(StateDirectory state) throws IOException {
        delete(state.resolve(NAME));
    }

    /** Deletes the draft of a journal that was never started. */
    static void deleteDraft(StateDirectory state) throws IOException {
        Files.deleteIfExists(state.resolve(DRAFT));
    }

    private static void delete(Path journal) throws IOException {
        Files.deleteIfExists(journal);
        force(journal.getParent());
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
