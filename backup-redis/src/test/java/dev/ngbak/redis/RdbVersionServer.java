package dev.ngbak.redis;

import java.io.Closeable;
import java.io.IOException;

/** Simulates an empty Redis or Valkey that checks the RDB version of a payload. */
final class RdbVersionServer implements Closeable {

    private final RespServer server;

    /**
     * @param version the RDB version that it writes; from 80 on, it refuses versions 12 to 79, as Valkey does
     * @param permitsFunction false if it answers FUNCTION with an error
     * @param isFull whether its memory is full, so that it does not look at payloads
     */
    private RdbVersionServer(String info, int version, boolean permitsFunction, boolean isFull) throws IOException {
        byte[] functions = permitsFunction
                ? RespServer.bulk(Dump.unloadable(version))
                : RespServer.line("-NOPERM this user has no permissions to run the 'function|dump' command");
        this.server = new RespServer((name, command) -> switch (name) {
            case "INFO" -> RespServer.bulk(info + "\r\nrole:master");
            case "FUNCTION" -> functions;
            case "SET", "RANDOMKEY" -> RespServer.line("$-1");
            case "PEXPIREAT", "UNLINK" -> RespServer.line(":0");
            case "RESTORE" ->
                RespServer.line(
                        isFull
                                ? "-OOM command not allowed when used memory > 'maxmemory'."
                                : restoreReply(command.get(3), version));
            default -> RespServer.line("-ERR unknown command");
        });
    }

    static RdbVersionServer of(String info, int version) throws IOException {
        return new RdbVersionServer(info, version, true, false);
    }

    /** Returns a server whose memory is full. */
    static RdbVersionServer full(String info, int version) throws IOException {
        return new RdbVersionServer(info, version, true, true);
    }

    /** Returns a server that is full and does not permit FUNCTION, so only its own version shows what it reads. */
    static RdbVersionServer silent(String info) throws IOException {
        return new RdbVersionServer(info, 0, false, true);
    }

    /** Returns a server that does not permit FUNCTION. */
    static RdbVersionServer withoutFunction(String info, int version) throws IOException {
        return new RdbVersionServer(info, version, false, false);
    }

    String url() {
        return server.url();
    }

    private static String restoreReply(byte[] payload, int version) {
        int payloadVersion = Dump.version(payload);
        boolean foreign = version >= 80 && payloadVersion >= 12 && payloadVersion <= 79;
        return foreign || payloadVersion > version || !Dump.isIntact(payload)
                ? "-ERR DUMP payload version or checksum are wrong"
                : "-ERR Bad data format";
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
