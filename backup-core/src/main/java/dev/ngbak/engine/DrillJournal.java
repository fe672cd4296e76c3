package dev.ngbak.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.archive.PrivateFiles;
import dev.ngbak.repository.ScratchFolder;
import dev.ngbak.repository.StateDirectory;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * The file that says what a drill has to remove: it exists from before the first write until everything is removed. Each
 * version of it is forced to the disk and replaces the one before atomically.
 */
final class DrillJournal {

    /**
     * What a drill has to remove.
     *
     * @param name of the drill
     * @param archive that is being restored
     * @param folder the folder of the file-based stores, which may not exist yet
     * @param stores the stores that it may have written, each proved to be empty and not live before
     */
    record Pending(String name, String archive, ScratchFolder folder, Map<Role, Store> stores) {
        Pending {
            stores = Map.copyOf(stores);
        }

        Pending with(Map<Role, Store> newStores) {
            return new Pending(name, archive, folder, newStores);
        }

        /** Returns the subject of a sentence. */
        String description() {
            return "The drill " + name + " of " + archive;
        }
    }

    /** A scratch store: the backend of its plugin, and the exact target. */
    record Store(String backend, String target) {}

    private static final String NAME = "drill.journal";
    private static final String DRAFT = NAME + ".new";
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private DrillJournal() {}

    /** Writes the journal, in place of the one before. */
    static void write(StateDirectory state, Pending pending) throws IOException {
        ObjectNode journal = MAPPER.createObjectNode()
                .put("name", pending.name())
                .put("archive", pending.archive())
                .put("folder", pending.folder().path());
        ObjectNode stores = journal.putObject("stores");
        pending.stores()
                .forEach((role, store) -> stores.putObject(role.id())
                        .put("backend", store.backend())
                        .put("target", store.target()));
        Path draft = state.resolve(DRAFT);
        try (FileChannel channel = PrivateFiles.open(
                draft, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = ByteBuffer.wrap(MAPPER.writeValueAsBytes(journal));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(draft, state.resolve(NAME), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        force(state);
    }

    /**
     * Reads the journal that an earlier process left, if any.
     *
     * @throws BackupException {@code CORRUPT} for a journal that ngbak cannot have written
     */
    static Optional<Pending> read(StateDirectory state) throws IOException {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(state.resolve(NAME));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        try {
            JsonNode journal = MAPPER.readTree(bytes);
            Map<Role, Store> stores = new EnumMap<>(Role.class);
            for (Role role : Role.values()) {
                JsonNode store = journal.required("stores").path(role.id());
                if (store.isObject()) {
                    stores.put(
                            role,
                            new Store(
                                    store.required("backend").textValue(),
                                    store.required("target").textValue()));
                }
            }
            String name = journal.required("name").textValue();
            if (!name.startsWith(DrillTask.NAME_PREFIX)) {
                throw new IllegalArgumentException(name);
            }
            ScratchFolder folder = ScratchFolder.at(journal.required("folder").textValue(), name);
            return Optional.of(new Pending(name, journal.required("archive").textValue(), folder, stores));
        } catch (IOException | IllegalArgumentException e) {
            throw new BackupException(
                    Kind.CORRUPT,
                    "The journal of an interrupted drill, " + state.resolve(NAME)
                            + ", is damaged, so it is unknown what is left of that drill",
                    "Check the disk, look for scopes that begin with " + DrillTask.NAME_PREFIX
                            + ", delete them, then delete the journal",
                    e);
        }
    }

    /** Deletes the journal, because nothing is left. */
    static void delete(StateDirectory state) throws IOException {
        Files.deleteIfExists(state.resolve(DRAFT));
        if (Files.deleteIfExists(state.resolve(NAME))) {
            force(state);
        }
    }

    private static void force(StateDirectory state) throws IOException {
        try (FileChannel parent = FileChannel.open(state.path())) {
            parent.force(true);
        }
    }
}
