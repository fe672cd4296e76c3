package dev.ngbak.engine;

import java.util.function.Consumer;

/** The engine's door for tests, which only its own package may open: dying at a step of a restore's journal. */
public final class JournalListener {

    private JournalListener() {}

    /** Calls the watcher at {@code before X} and {@code after X}, where X is a line of the journal, written and forced. */
    public static void watch(BackupManager manager, Consumer<String> listener) {
        manager.setJournalListener(listener);
    }
}
