package dev.ngbak.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.Permission;

/** Runs the program, and sends a signal between the end of the command and the end of the process. */
@SuppressWarnings("removal") // nothing else can intercept that moment
final class SignalAtExit {

    /** Longer than a virtual machine needs to start its shutdown after a signal. */
    private static final long MILLIS = 500;

    private SignalAtExit() {}

    /** @param args the name of the signal, then the arguments of the program */
    public static void main(String[] args) {
        String signal = args[0];
        System.setSecurityManager(new SecurityManager() {
            @Override
            public void checkExit(int status) {
                if (Thread.currentThread().getName().equals("main")) {
                    send(signal);
                }
            }

            @Override
            public void checkPermission(Permission permission) {
                // allow everything
            }
        });
        String[] own = new String[args.length - 1];
        System.arraycopy(args, 1, own, 0, own.length);
        Main.main(own);
    }

    private static void send(String signal) {
        try {
            new ProcessBuilder(
                            "kill",
                            "-" + signal,
                            Long.toString(ProcessHandle.current().pid()))
                    .start()
                    .waitFor();
            Thread.sleep(MILLIS);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
