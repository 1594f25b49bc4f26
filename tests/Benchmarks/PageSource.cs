using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using AzImageTools.Disks;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Services.Upload.Transfer;

namespace AzImageTools.Benchmarks;

/// <summary>
/// A process that answers like Azure's page blobs, with one blob that can be read: a file, whose holes are those of the blob. A thread a
/// connection, on sockets alone, so that it is not the limit; each answer may be late by so much.
/// </summary>
internal sealed class PageSource : IDisposable
{
    public const string Mode = "page-source";

    private readonly TimeSpan _delay;
    private readonly FileStream _file;
    private readonly string _pages;

    private PageSource(TimeSpan delay, string path)
    {
        _delay = delay;
        _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
        using VirtualDisk raw = DiskOpener.Open(path, new VirtualDiskOptions { Format = DiskFormat.Raw });
        StringBuilder list = new("<?xml version=\"1.0\" encoding=\"utf-8\"?><PageList>");
        foreach (DiskExtent extent in raw.GetExtents(0, raw.Capacity))
        {
            list.Append(CultureInfo.InvariantCulture, $"<PageRange><Start>{extent.Offset}</Start><End>{extent.End - 1}</End></PageRange>");
        }

        _pages = list.Append("<NextMarker/></PageList>").ToString();
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Runs until its input ends. Prints its port first.</summary>
    public static int Run(int delayMilliseconds, string path)
    {
        using PageSource source = new(TimeSpan.FromMilliseconds(delayMilliseconds), path);
        return PageSink.ServeAll(source.Serve);
    }

    private void Serve(Socket client)
    {
        byte[] buffer = new byte[64 << 10];
        int filled = 0;
        using (client)
        {
            try
            {
                using NetworkStream stream = new(client);
                while (PageSink.ReadHead(stream, buffer, ref filled) is { } head)
                {
                    Thread.Sleep(_delay);
                    Answer(client, head);
                }
            }
            catch (Exception exception) when (exception is IOException or SocketException)
            {
                // The client is gone.
            }
        }
    }

    private void Answer(Socket client, string head)
    {
        string line = head[..head.IndexOf('\r', StringComparison.Ordinal)];
        if (line.Contains("comp=pagelist", StringComparison.Ordinal))
        {
            Send(client, "200 OK", $"Content-Type: application/xml\r\nx-ms-blob-content-length: {_file.Length}\r\n", Encoding.ASCII.GetBytes(_pages));
        }
        else if (line.StartsWith("HEAD", StringComparison.Ordinal))
        {
            Send(client, "200 OK", string.Empty, body: null);
        }
        else
        {
            Match range = PageSink.Range().Match(head);
            long start = range.Success ? long.Parse(range.Groups["start"].Value, CultureInfo.InvariantCulture) : 0;
            long end = range.Success ? Math.Min(long.Parse(range.Groups["end"].Value, CultureInfo.InvariantCulture), _file.Length - 1) : _file.Length - 1;
            byte[] bytes = new byte[end + 1 - start];
            RandomAccess.Read(_file.SafeFileHandle, bytes, start);
            string headers = string.Create(CultureInfo.InvariantCulture, $"Content-Range: bytes {start}-{end}/{_file.Length}\r\n");
            if (PageSink.Find(head, "x-ms-range-get-content-crc64") is not null)
            {
                byte[] sum = new byte[sizeof(ulong)];
                BinaryPrimitives.WriteUInt64LittleEndian(sum, Crc64Nvme.Compute(bytes));
                headers += $"x-ms-content-crc64: {Convert.ToBase64String(sum)}\r\n";
            }

            Send(client, "206 Partial Content", headers, bytes);
        }
    }

    private void Send(Socket client, string status, string headers, byte[]? body)
    {
        string head = string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {status}\r\nContent-Length: {body?.Length ?? _file.Length}\r\nETag: \"0x8D1\"\r\nLast-Modified: Tue, 22 Nov 2022 19:00:00 GMT\r\nDate: Tue, 22 Nov 2022 19:00:00 GMT\r\nx-ms-request-id: 00000000-0000-0000-0000-000000000000\r\nx-ms-version: 2021-06-08\r\nx-ms-blob-type: PageBlob\r\nAccept-Ranges: bytes\r\nContent-Type: application/octet-stream\r\nx-ms-blob-sequence-number: 0\r\nx-ms-lease-status: unlocked\r\nx-ms-lease-state: available\r\nx-ms-server-encrypted: true\r\nx-ms-creation-time: Tue, 22 Nov 2022 19:00:00 GMT\r\n{headers}\r\n");
        client.Send(Encoding.ASCII.GetBytes(head));
        for (int sent = 0; body is not null && sent < body.Length;)
        {
            sent += client.Send(body, sent, body.Length - sent, SocketFlags.None);
        }
    }
}
