using System.Text;
using AzImageTools.Sandbox;

namespace AzImageTools.Services.Tests.Upload;

/// <summary>Makes the encryption sets and disk accesses that disks refer to: the sandbox takes no others.</summary>
internal static class DiskGuards
{
    public static async Task MakeAsync(SandboxCloud cloud, params string[] ids)
    {
        using HttpClient client = new(cloud.CreateHandler());
        client.DefaultRequestHeaders.Authorization = new("Bearer", "making");
        foreach (string id in ids)
        {
            string properties = id.Contains("/diskEncryptionSets/", StringComparison.Ordinal) ? """{"activeKey":{"keyUrl":"https://vault.vault.azure.net/keys/key/1"}}""" : "{}";
            using StringContent body = new($$"""{"location":"{{cloud.Location}}","properties":{{properties}}}""", Encoding.UTF8, "application/json");
            using HttpResponseMessage made = await client.PutAsync(new Uri($"https://management.azure.com{id}?api-version=2023-04-02"), body);
            made.EnsureSuccessStatusCode();
        }
    }
}
