using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using AzImageTools.Disks;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;

namespace AzImageTools.Benchmarks;

/// <summary>The least that an upload must do: threads that read pieces of up to 4 MiB of what is no hole, and put them; nothing is looked at or checked.</summary>
internal static class LeastClient
{
    public const string Mode = "least-client";

    public const int Threads = 4;

    private const int PieceSize = 4 << 20;

    /// <summary>Puts a raw disk or fixed VHD, and prints how many seconds that took after the process' start, and the bytes.</summary>
    public static int Run(string source, int port)
    {
        long start = Stopwatch.GetTimestamp();
        List<DiskExtent> pieces = [];
        using VirtualDisk disk = DiskOpener.Open(source);
        foreach (DiskExtent extent in disk.GetExtents(0, disk.Capacity))
        {
            for (long offset = extent.Offset; offset < extent.End; offset += PieceSize)
            {
                pieces.Add(new DiskExtent(offset, Math.Min(PieceSize, extent.End - offset)));
            }
        }

        using FileStream file = new(source, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
        int next = -1;
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(_ => new Thread(() => Put(file, port, () => Interlocked.Increment(ref next) is int i && i < pieces.Count ? pieces[i] : null)))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seconds:0.000} {pieces.Sum(piece => piece.Length)}"));
        return 0;
    }

    private static void Put(FileStream file, int port, Func<DiskExtent?> next)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, port);
        byte[] bytes = new byte[PieceSize];
        byte[] answer = new byte[4096];
        while (next() is { } piece)
        {
            Span<byte> body = bytes.AsSpan(0, (int)piece.Length);
            for (int done = 0; done < body.Length;)
            {
                int count = RandomAccess.Read(file.SafeFileHandle, body[done..], piece.Offset + done);
                done += count > 0 ? count : throw new EndOfStreamException();
            }

            socket.Send(Encoding.ASCII.GetBytes(string.Create(
                CultureInfo.InvariantCulture,
                $"PUT /devstoreaccount1/vhds/g.vhd?comp=page HTTP/1.1\r\nHost: 127.0.0.1\r\nx-ms-page-write: update\r\nx-ms-range: bytes={piece.Offset}-{piece.End - 1}\r\nContent-Length: {piece.Length}\r\n\r\n")));
            while (body.Length > 0)
            {
                body = body[socket.Send(body)..];
            }

            for (int filled = 0; answer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8) < 0;)
            {
                int count = socket.Receive(answer.AsSpan(filled));
                filled += count > 0 ? count : throw new EndOfStreamException();
            }
        }
    }
}
