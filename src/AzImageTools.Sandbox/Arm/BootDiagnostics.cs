using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;
using AzImageTools.Sandbox.Storage;

namespace AzImageTools.Sandbox.Arm;

/// <summary>The action retrieveBootDiagnosticsData: addresses of what a machine's serial port wrote and its screen shows, on a host that Azure keeps for them.</summary>
internal sealed class BootDiagnostics(ArmStore store)
{
    private const int Width = 640;
    private const int Height = 480;

    /// <summary>Blobs behind addresses that were given out, until these have expired.</summary>
    private readonly Dictionary<string, PageBlob> _blobs = [];

    public HttpResponseMessage Retrieve(ArmRequest request, ArmResource machine)
    {
        if (!machine.Properties.Flag("diagnosticsProfile", "bootDiagnostics", "enabled"))
        {
            throw ArmException.NotAllowed("Boot diagnostics is not enabled on VM '" + machine.Name + "'.");
        }

        var text = request.Http.QueryValue("sasUriExpirationTimeInMinutes");
        var minutes = text.Length == 0 ? 120
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var asked) && asked is >= 1 and <= 1440 ? asked
            : throw ArmException.InvalidParameter("sasUriExpirationTimeInMinutes", "The value of parameter 'sasUriExpirationTimeInMinutes' is invalid: it must be between 1 and 1440.");
        DropExpired();
        var run = machine.Machine!.Guest;
        var expires = store.Cloud.Now.AddMinutes(minutes);
        return ArmReply.Ok(new JsonObject
        {
            ["consoleScreenshotBlobUri"] = Publish(machine, "screenshot.bmp", Draw(run.ShowsStopError), expires),
            ["serialConsoleLogBlobUri"] = Publish(machine, "serialconsole.log", Encoding.ASCII.GetBytes(string.Concat(run.Serial.Select(line => line + "\r\n"))), expires),
        });
    }

    /// <summary>Drops what was given out.</summary>
    public void Clear()
    {
        foreach (var blob in _blobs.Values)
        {
            blob.Dispose();
        }

        _blobs.Clear();
    }

    /// <summary>A bitmap of one bit a pixel and two colours (BITMAPINFOHEADER): black, or the blue of a stop error.</summary>
    private static byte[] Draw(bool isStopError)
    {
        const int HeaderSize = 14 + 40 + 8;
        var bitmap = new byte[HeaderSize + (Width / 8 * Height)];
        bitmap[0] = (byte)'B';
        bitmap[1] = (byte)'M';
        Put(2, bitmap.Length);
        Put(10, HeaderSize);
        Put(14, 40);
        Put(18, Width);
        Put(22, Height);
        Put(26, 1 | (1 << 16));
        Put(34, bitmap.Length - HeaderSize);
        Put(46, 2);
        Put(54, isStopError ? 0x0078D7 : 0);
        Put(58, 0xFFFFFF);
        return bitmap;

        void Put(int offset, int value) => BitConverter.GetBytes(value).CopyTo(bitmap, offset);
    }

    private string Publish(ArmResource machine, string name, byte[] bytes, DateTimeOffset expires)
    {
        var id = machine.Properties.Text("vmId") ?? machine.Name;
        var key = "md-hdd-" + Guid.NewGuid().ToString("N").Substring(0, 12) + ".z1.blob.storage.azure.net/bootdiagnostics-" + id + "/" + machine.Name + "." + id + "." + name;
        var blob = new PageBlob(name, store.Cloud.Folder.Create(name, Math.Max(1, bytes.Length)), store.Cloud.Now);
        if (bytes.Length > 0)
        {
            blob.Data.Write(new PageRange(0, bytes.Length), bytes);
        }

        _blobs.Add(key, blob);
        var signature = Secrets.CreateText();
        store.Cloud.Grants.Add(key, new DiskGrant(blob, signature, CanWrite: false, expires, NeedsToken: false));
        return "https://" + key + "?sv=2018-03-28&sr=b&se=" + Uri.EscapeDataString(expires.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture))
            + "&sp=r&sig=" + Uri.EscapeDataString(signature);
    }

    private void DropExpired()
    {
        foreach (var key in _blobs.Keys.Where(key => !store.Cloud.Grants.TryGetValue(key, out var grant) || grant.Expires <= store.Cloud.Now).ToList())
        {
            store.Cloud.Grants.Remove(key);
            _blobs[key].Dispose();
            _blobs.Remove(key);
        }
    }
}
