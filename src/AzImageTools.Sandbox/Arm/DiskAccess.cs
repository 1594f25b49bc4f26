using System.Globalization;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;
using AzImageTools.Sandbox.Storage;

namespace AzImageTools.Sandbox.Arm;

/// <summary>Grants and ends access to the bytes of disks and snapshots.</summary>
internal sealed class DiskAccess(ArmStore store)
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>Refuses what may not be granted; what it returns is done when the operation ends and gives its result.</summary>
    public Func<JsonNode?> PrepareGrant(ArmResource disk, JsonObject body)
    {
        var access = body.Text("access") ?? throw ArmException.Missing("grantAccessData.access");
        var seconds = body.Number("durationInSeconds") ?? throw ArmException.Missing("grantAccessData.durationInSeconds");
        if (seconds is <= 0 or > uint.MaxValue)
        {
            throw ArmException.InvalidParameter("grantAccessData.durationInSeconds", "The value of parameter 'grantAccessData.durationInSeconds' is invalid.");
        }

        var canWrite = JsonReading.Same(access, "Write");
        if (!canWrite && !JsonReading.Same(access, "Read"))
        {
            throw ArmException.InvalidParameter("grantAccessData.access", "The value '" + access + "' of parameter 'grantAccessData.access' is invalid.");
        }

        CheckState(disk, canWrite);

        // Who asks for it and never asks what came of it has had it all the same.
        var expires = store.Cloud.Now.AddSeconds(seconds);
        return () =>
        {
            Revoke(disk);
            disk.Properties["diskState"] = canWrite ? "ActiveUpload" : "ActiveSAS";
            disk.AccessEnds = canWrite ? null : expires.ToString("O", CultureInfo.InvariantCulture);
            var result = new JsonObject { ["accessSAS"] = Issue(disk, disk.OsDisk!, canWrite, expires) };
            if (body.Flag("getSecureVMGuestStateSAS") && disk.GuestState is { } state)
            {
                result["securityDataAccessSAS"] = Issue(disk, state, canWrite, expires);
            }

            return result;
        };
    }

    /// <summary>Ends access, and with it an upload: then the bytes must be those of a fixed VHD.</summary>
    public void End(ArmResource disk)
    {
        var state = disk.Properties.Text("diskState");
        var address = disk.Grants.Count > 0 ? "https://" + disk.Grants[0] : "abcd";
        Revoke(disk);
        if (state is "ActiveUpload" && VhdFooter.FindProblem(disk.OsDisk!, address) is { } problem)
        {
            throw new ArmException(System.Net.HttpStatusCode.BadRequest, "InvalidVhd", problem);
        }

        if (state is "ActiveUpload")
        {
            DiskDocument.SetSize(disk.Document, disk.OsDisk!.Data.Length - VhdFooter.Size);
        }

        if (state is "ActiveUpload")
        {
            disk.Properties["diskState"] = RestingState(disk);
        }

        disk.RestAfterAccess();
    }

    /// <summary>Whether an address to its bytes still works.</summary>
    public bool IsGranted(ArmResource disk)
        => disk.Grants.Any(key => store.Cloud.Grants.TryGetValue(key, out var grant) && grant.Expires > store.Cloud.Now);

    private void CheckState(ArmResource disk, bool canWrite)
    {
        var state = disk.Properties.Text("diskState");
        var isUpload = state is "ReadyToUpload" or "ActiveUpload";
        if (canWrite && !isUpload)
        {
            throw ArmException.NotAllowed("Cannot grant write access to '" + disk.Name + "', which is in state '" + state + "'. Write access is given to disks whose createOption is Upload, once.");
        }

        if (canWrite && state is "ActiveUpload" && !store.Cloud.Options.GrantsWriteAccessAgain)
        {
            throw ArmException.NotAllowed("Cannot grant write access to disk '" + disk.Name + "' because access to it was granted already. It is in state '" + state + "'.");
        }

        if (!canWrite && isUpload)
        {
            throw ArmException.NotAllowed("Cannot grant read access to disk '" + disk.Name + "' because its upload has not completed. It is in state '" + state + "'.");
        }

        if (state is "Attached")
        {
            throw ArmException.NotAllowed(
                "Access not permitted because disk " + disk.Name + " is currently attached to running VM " + disk.Document.Text("managedBy") + ".");
        }
    }

    private static string RestingState(ArmResource disk) => disk.Document.Text("managedBy") is null ? "Unattached" : "Reserved";

    private static string NewLabel()
        => string.Concat(Guid.NewGuid().ToByteArray().Take(12).Select(value => Alphabet[value % Alphabet.Length]));

    private string Issue(ArmResource disk, PageBlob pages, bool canWrite, DateTimeOffset expires)
    {
        var key = "md-" + (canWrite ? "impexp-" : "") + NewLabel() + ".z1.blob.storage.azure.net/" + NewLabel() + "/abcd";
        var signature = Secrets.CreateText();
        var needsToken = JsonReading.Same(disk.Properties.Text("dataAccessAuthMode") ?? "", "AzureActiveDirectory");
        store.Cloud.Grants.Add(key, new DiskGrant(pages, signature, canWrite, expires, needsToken) { DiskId = disk.Id });
        disk.Grants.Add(key);
        return "https://" + key + "?sv=2018-03-28&sr=b&si=" + Guid.NewGuid().ToString() + "&sig=" + Uri.EscapeDataString(signature);
    }

    private void Revoke(ArmResource disk)
    {
        foreach (var key in disk.Grants)
        {
            store.Cloud.Grants.Remove(key);
        }

        disk.Grants.Clear();
    }
}
