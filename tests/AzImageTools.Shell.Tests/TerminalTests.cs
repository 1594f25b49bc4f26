using AzImageTools.TestKit;

namespace AzImageTools.Shell.Tests;

/// <summary>What a user at a terminal sees of PowerShell with the module.</summary>
public sealed class TerminalTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_prompt_completes_names_asks_before_a_change_and_goes_on_after_Ctrl_C()
    {
        string disk = TestFile.Unpack("disks/ready-dynamic.vhd", _folder);
        await using TerminalRun run = await TerminalRun.StartAsync(string.Empty);

        await run.WaitForAsync("'exit' leaves.");
        await run.WaitForAsync("> ");
        await run.TypeAsync("Connect-AzImageServ");
        await run.PressAsync("Tab");
        await run.WaitForAsync("Connect-AzImageService");
        await run.TypeAsync(" -Sandbox");
        await run.PressAsync("Enter");
        await run.WaitForAsync("CredentialKind   : Sandbox");

        await run.TypeAsync($"Send-AzVhd {disk} -ResourceGroupName sandbox-rg -Confirm");
        await run.PressAsync("Enter");
        await run.WaitForAsync("1. Create the target: creates managed disk 'ready-dynamic'");
        await run.WaitForAsync("(default is \"Y\"): ");
        await run.PressAsync("n", "Enter");
        await run.TypeAsync("\"nothing there: $(@(Get-AzVhdUpload).Count)\"");
        await run.PressAsync("Enter");
        await run.WaitForAsync("nothing there: 0");

        await run.TypeAsync("Start-Sleep 300");
        await run.PressAsync("Enter");
        await Task.Delay(TimeSpan.FromSeconds(1));
        await run.PressAsync("C-c");
        await run.TypeAsync("6 * 7000");
        await run.PressAsync("Enter");
        await run.WaitForAsync("42000");
    }

    [Fact]
    public async Task An_upload_shows_its_progress_and_Ctrl_C_stops_it_and_tells_how_it_goes_on()
    {
        string disk = _folder.File("disk.raw");
        byte[] block = new byte[64 << 20];
        Random.Shared.NextBytes(block);
        await using (FileStream file = File.Create(disk))
        {
            for (int count = 0; count < 32; count++)
            {
                await file.WriteAsync(block);
            }
        }

        await using TerminalRun run = await TerminalRun.StartAsync(
            $"-NoExit -Command \"\\$null = Connect-AzImageService -Sandbox; Send-AzVhd '{disk}' -ResourceGroupName sandbox-rg -Readiness None\"");

        await run.WaitForAsync(" of 2 GiB, ");
        await run.PressAsync("C-c");
        await run.WaitForAsync("The same command continues it");
    }
}
