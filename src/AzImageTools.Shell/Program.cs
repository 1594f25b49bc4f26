using System.Management.Automation;

using PowerShell engine = PowerShell.Create();
Console.Error.WriteLine($"usage: AzImageTools.Shell [-File SCRIPT | -Command TEXT] (engine {engine.Runspace.Version})");
return 64;
