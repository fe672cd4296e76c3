package dev.ngbak.engine;

import java.util.function.Consumer;

/** Lets tests in other packages listen to the steps of restore journals. */
public final class JournalListener {

    private JournalListener() {}

    /** Calls the listener with {@code before X} and {@code after X} for each step X of a journal. */
    public static void watch(BackupManager manager, Consumer<String> listener) {
        manager.setJournalListener(listener);
    }
}
