package dev.ngbak.neo4j;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/**
 * A cluster of two members, each in front of the same real server. It answers requests for the routing table, and a member that
 * does not lead refuses to write, as Neo4j Enterprise does. Everything else is the server's answer.
 */
final class ClusterDouble implements AutoCloseable {

    private static final int TABLES_OF_AN_ELECTION = 8;
    private static final int MAGIC_AND_PROPOSALS = 20;
    private static final int MAGIC = 4;
    private static final int VERSION = 4;

    // Types of Bolt messages.
    private static final int GOODBYE = 0x02;
    private static final int RESET = 0x0f;
    private static final int RUN = 0x10;
    private static final int BEGIN = 0x11;
    private static final int COMMIT = 0x12;
    private static final int ROUTE = 0x66;
    private static final int SUCCESS = 0x70;
    private static final int RECORD = 0x71;
    private static final int IGNORED = 0x7e;
    private static final int FAILURE = 0x7f;

    private static final Pattern WRITE = Pattern.compile("\\b(CREATE|DELETE|DROP)\\b");

    private final int serverPort;
    private final Member first;
    private final Member second;
    private final AtomicInteger commitsUntilChange = new AtomicInteger(Integer.MAX_VALUE);
    /** How many more routing tables name no writer, as during an election. */
    private final AtomicInteger tablesWithoutWriter = new AtomicInteger();

    private volatile Member leader;

    /** Starts two members, of which the second leads. */
    ClusterDouble(int serverPort) throws IOException {
        this.serverPort = serverPort;
        first = new Member();
        second = new Member();
        leader = second;
    }

    /** Returns the URL of the first member, which does not lead at first. */
    String url() {
        return "neo4j://" + first.address();
    }

    Member first() {
        return first;
    }

    Member second() {
        return second;
    }

    /** Makes the other member the leader now. */
    void changeLeader() {
        leader = other(leader);
    }

    /** Makes the next routing tables name no writer. */
    void hideLeader(int tables) {
        tablesWithoutWriter.set(tables);
    }

    /** Makes the other member the leader after this number of commits of transactions that wrote. */
    void changeLeaderAfter(int commits) {
        commitsUntilChange.set(commits);
    }

    private Member other(Member member) {
        return member == first ? second : first;
    }

    /** Cuts all connections of a member that does not lead, and refuses new ones. */
    void kill(Member member) throws IOException {
        member.close();
    }

    @Override
    public void close() throws IOException {
        first.close();
        second.close();
    }

    /** One address of the cluster. */
    final class Member implements Closeable {

        private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final Set<Socket> open = ConcurrentHashMap.newKeySet();
        private final List<String> begun = new CopyOnWriteArrayList<>();
        private final List<String> run = new CopyOnWriteArrayList<>();

        private Member() throws IOException {
            start(this::accept);
        }

        private String address() {
            return "127.0.0.1:" + listener.getLocalPort();
        }

        /** Returns the raw texts of the transactions that were begun here. */
        List<String> begun() {
            return begun;
        }

        /** Returns the raw texts of the statements that were sent here. */
        List<String> run() {
            return run;
        }

        private void accept() throws IOException {
            while (true) {
                Socket client = listener.accept();
                open.add(client);
                Socket server = new Socket(InetAddress.getLoopbackAddress(), serverPort);
                open.add(server);
                Connection connection = new Connection(this, client, server);
                start(connection::forwardRequests);
                start(connection::forwardAnswers);
            }
        }

        @Override
        public void close() throws IOException {
            listener.close();
            for (Socket socket : open) {
                socket.close();
            }
        }
    }

    private interface Pump {
        void run() throws IOException, InterruptedException;
    }

    private static void start(Pump pump) {
        Thread thread = new Thread(
                () -> {
                    try {
                        pump.run();
                    } catch (IOException | InterruptedException e) {
                        // The connection or the cluster was closed.
                    }
                },
                "cluster-double");
        thread.setDaemon(true);
        thread.start();
    }

    /** One connection of a client to a member. */
    private final class Connection {

        private final Member member;
        private final Socket clientSocket;
        private final Socket serverSocket;
        private final DataInputStream fromClient;
        private final DataOutputStream toClient;
        private final DataInputStream fromServer;
        private final DataOutputStream toServer;

        /** The requests that the server has not answered yet. Guarded by this. */
        private int unanswered;

        private boolean failed;
        private boolean wrote;

        Connection(Member member, Socket client, Socket server) throws IOException {
            this.member = member;
            this.clientSocket = client;
            this.serverSocket = server;
            fromClient = new DataInputStream(client.getInputStream());
            toClient = new DataOutputStream(client.getOutputStream());
            fromServer = new DataInputStream(server.getInputStream());
            toServer = new DataOutputStream(server.getOutputStream());
            byte[] handshake = fromClient.readNBytes(MAGIC_AND_PROPOSALS);
            // Without the first proposal, the server chooses one of the others in one step.
            for (int i = MAGIC; i < MAGIC + VERSION; i++) {
                handshake[i] = 0;
            }
            toServer.write(handshake);
            toClient.write(fromServer.readNBytes(VERSION));
        }

        void forwardRequests() throws IOException, InterruptedException {
            try (serverSocket) {
                while (true) {
                    byte[] message = read(fromClient);
                    int type = message[1] & 0xff;
                    note(type, message);
                    if (type == RESET) {
                        failed = false;
                        wrote = false;
                    }
                    if (failed) {
                        answer(new Packed().struct(IGNORED, 0));
                    } else if (type == ROUTE) {
                        answer(routingTable());
                    } else if (member != leader && (isWrite(type, message) || type == COMMIT && wrote)) {
                        failed = true;
                        answer(notALeader());
                    } else {
                        forward(type, message);
                    }
                }
            }
        }

        private void note(int type, byte[] message) {
            String text = new String(message, StandardCharsets.ISO_8859_1);
            if (type == BEGIN) {
                member.begun.add(text);
            } else if (type == RUN) {
                member.run.add(text);
            }
        }

        private void forward(int type, byte[] message) throws IOException {
            boolean written = type == COMMIT && wrote;
            wrote = type != COMMIT && (wrote || isWrite(type, message));
            synchronized (this) {
                unanswered += type == GOODBYE ? 0 : 1;
            }
            write(toServer, message);
            if (written && commitsUntilChange.decrementAndGet() == 0) {
                hideLeader(TABLES_OF_AN_ELECTION);
                changeLeader();
            }
        }

        private boolean isWrite(int type, byte[] message) {
            return type == RUN
                    && WRITE.matcher(new String(message, StandardCharsets.ISO_8859_1))
                            .find();
        }

        private void answer(Packed packed) throws IOException, InterruptedException {
            awaitAnswers();
            synchronized (toClient) {
                write(toClient, packed.bytes());
            }
        }

        private synchronized void awaitAnswers() throws InterruptedException {
            while (unanswered > 0) {
                wait();
            }
        }

        void forwardAnswers() throws IOException {
            try (clientSocket) {
                while (true) {
                    byte[] message = read(fromServer);
                    synchronized (toClient) {
                        write(toClient, message);
                    }
                    if ((message[1] & 0xff) != RECORD) {
                        synchronized (this) {
                            unanswered--;
                            notifyAll();
                        }
                    }
                }
            }
        }
    }

    private Packed routingTable() {
        boolean electing = tablesWithoutWriter.getAndUpdate(tables -> Math.max(0, tables - 1)) > 0;
        Packed table = new Packed().struct(SUCCESS, 1).map(1).text("rt").map(3);
        table.text("ttl").number(300).text("db").text("neo4j").text("servers").list(electing ? 2 : 3);
        if (!electing) {
            table.server("WRITE", leader.address());
        }
        // The driver would choose a reader for a session that only reads.
        table.server("READ", other(leader).address());
        return table.server("ROUTE", first.address(), second.address());
    }

    private static Packed notALeader() {
        String code = "Neo.ClientError.Cluster.NotALeader";
        String message = "No longer possible to write to server.";
        return new Packed()
                .struct(FAILURE, 1)
                .map(5)
                .text("code")
                .text(code)
                .text("neo4j_code")
                .text(code)
                .text("message")
                .text(message)
                .text("gql_status")
                .text("08N06")
                .text("description")
                .text(message);
    }

    /** Reads one message, which consists of chunks. */
    private static byte[] read(DataInputStream in) throws IOException {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        while (true) {
            int length = in.readUnsignedShort();
            if (length == 0 && message.size() > 0) {
                return message.toByteArray();
            }
            message.write(in.readNBytes(length));
        }
    }

    private static void write(DataOutputStream out, byte[] message) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream chunks = new DataOutputStream(bytes);
        for (int from = 0; from < message.length; from += 0xffff) {
            int length = Math.min(0xffff, message.length - from);
            chunks.writeShort(length);
            chunks.write(message, from, length);
        }
        chunks.writeShort(0);
        out.write(bytes.toByteArray());
    }

    /** Writes the few types of PackStream that the answers need. */
    private static final class Packed {

        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final DataOutputStream out = new DataOutputStream(bytes);

        private interface Write {
            void to(DataOutputStream out) throws IOException;
        }

        private Packed put(Write write) {
            try {
                write.to(out);
                return this;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        Packed struct(int type, int fields) {
            return put(to -> {
                to.writeByte(0xb0 | fields);
                to.writeByte(type);
            });
        }

        Packed map(int size) {
            return put(to -> to.writeByte(0xa0 | size));
        }

        Packed list(int size) {
            return put(to -> to.writeByte(0x90 | size));
        }

        Packed number(int number) {
            return put(to -> {
                to.writeByte(0xc9);
                to.writeShort(number);
            });
        }

        Packed text(String text) {
            return put(to -> {
                to.writeByte(0xd0);
                to.writeByte(text.length());
                to.write(text.getBytes(StandardCharsets.US_ASCII));
            });
        }

        /** Writes the addresses that have a role. */
        Packed server(String role, String... addresses) {
            map(2).text("addresses").list(addresses.length);
            for (String address : addresses) {
                text(address);
            }
            return text("role").text(role);
        }

        byte[] bytes() {
            return bytes.toByteArray();
        }
    }
}
